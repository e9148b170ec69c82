"""The application's benchmark: its arithmetic, how it reads Gradio's stream, and what it fills a database with."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench.answer import ContenderFailed
from bench.app.__main__ import _parser, _wanted
from bench.app.figures import DEFAULT_KEYS, FIGURES, KEYS, in_turn, worse_ratio
from bench.app.library import library, record, written
from bench.app.races import stories
from bench.app.reader import Page, message_of, reader
from bench.figures import Record
from chains.run_record import AnswerRecord

CONFIG = {
    "components": [
        {"id": 3, "props": {"elem_id": "box"}},
        {"id": 4, "props": {"elem_id": "status"}},
        {"id": 5, "props": {"elem_id": "conversation"}},
        {"id": 6, "props": {}},
    ],
    "dependencies": [
        {"id": 0, "targets": [[3, "submit"]], "backend_fn": False, "outputs": []},
        {"id": 1, "targets": [[6, "click"], [3, "submit"]], "backend_fn": True, "outputs": [4, 5]},
    ],
}


# --- figures ---------------------------------------------------------------------------------------------------------


def test_the_worse_of_both_ratios() -> None:
    measured = Record()
    measured.add(app__tokens_per_s_1reader=9.0, bare__tokens_per_s_1reader=10.0)
    assert worse_ratio(measured) is None
    measured.add(app__tokens_per_s_8readers=80.0, bare__tokens_per_s_8readers=100.0)
    assert worse_ratio(measured) == pytest.approx(0.8)


def test_starting_slower_than_an_empty_page_is_on_the_wrong_side() -> None:
    (figure,) = (figure for figure in FIGURES if figure.key == "cold_start_ratio")
    measured = Record()
    for app, empty in ((9.0, 5.0), (8.0, 5.0), (7.0, 4.0)):
        measured.add(app__start_s=app, empty__start_s=empty)
    value = measured.value(figure)
    assert value is not None
    assert value == pytest.approx(1.6)
    assert not figure.is_reached(value)


def test_the_keys_are_unlike() -> None:
    assert len(set(KEYS)) == len(FIGURES)


def test_contenders_take_turns_at_going_first() -> None:
    rounds = [in_turn(("a", "b", "c"), index) for index in range(4)]
    assert ["".join(order) for order in rounds] == ["abc", "bca", "cab", "abc"]


def test_the_worse_ratio_needs_both() -> None:
    assert set(DEFAULT_KEYS) <= _wanted(_parser().parse_args(["--only", "app_ratio"]).only)
    with pytest.raises(SystemExit):
        _parser().parse_args(["--only", "speed"])


def test_no_question_begins_like_another_and_all_are_as_long() -> None:
    first, second = stories(8, number=10), stories(8, number=11)
    assert len({*first, *second}) == 16
    assert not any(text.startswith(first[0][:2]) for text in second)
    assert [len(text) for text in first] == [len(text) for text in second]


# --- the stream ------------------------------------------------------------------------------------------------------


def test_lines_that_carry_nothing() -> None:
    assert [message_of(line) for line in ("", ": ping", "event: x", "data: 3")] == [{}, {}, {}, {}]
    assert message_of('data: {"msg": "heartbeat"}') == {"msg": "heartbeat"}


def test_an_event_is_found_by_names_and_only_on_the_server() -> None:
    found = Page(CONFIG).endpoint("box", "submit")
    assert (found.fn_index, found.trigger_id, found.outputs) == (1, 3, ("status", "conversation"))
    with pytest.raises(ContenderFailed, match="no event change of box"):
        Page(CONFIG).endpoint("box", "change")


class FakeGradio(BaseHTTPRequestHandler):
    """Speaks as much of the queue's protocol as the benchmark needs; the question tells how the event ends."""

    question = ""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/":
            self.send_header("set-cookie", "owner=me; Path=/")
        self.end_headers()
        if self.path == "/config":
            self.wfile.write(json.dumps(CONFIG).encode())
        elif self.path.startswith("/gradio_api/queue/data"):
            for message in self.messages(type(self).question):
                self.wfile.write(b"data: " + json.dumps(message).encode() + b"\n\n")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_asked_well = (body["fn_index"], body["trigger_id"]) == (1, 3) and "owner=me" in self.headers["cookie"]
        type(self).question = body["data"][0]
        self.send_response(200 if is_asked_well else 500)
        self.end_headers()
        self.wfile.write(b'{"event_id": "mine"}')

    def messages(self, question: str) -> list[dict[str, Any]]:
        last = {"data": ['<span class="refused">no</span>' if question == "refuse" else "done", "abc"]}
        messages: list[dict[str, Any]] = [
            {"msg": "estimation", "event_id": "mine"},
            {"msg": "process_completed", "event_id": "another", "success": True, "output": {"data": ["", "x"]}},
            {"msg": "process_starts", "event_id": "mine"},
            {"msg": "process_generating", "event_id": "mine", "success": True, "output": {"data": ["busy", ""]}},
            {"msg": "process_completed", "event_id": "mine", "success": question != "fail", "output": last},
        ]
        return messages[:-1] if question == "break off" else messages

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeGradio) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_an_answer_is_read_to_its_end(url: str) -> None:
    async with reader(url) as one:
        outcome = await one.ask("Hello?")
        assert one.cookies == {"owner": "me"}
    assert outcome.values == {"status": "done", "conversation": "abc"}
    assert outcome.num_updates == 2
    assert outcome.milliseconds > 0


@pytest.mark.parametrize("question", ["refuse", "fail", "break off"])
async def test_what_is_no_answer_is_no_measure(url: str, question: str) -> None:
    async with reader(url) as one:
        with pytest.raises(ContenderFailed, match="app"):
            await one.ask(question)


# --- the library -----------------------------------------------------------------------------------------------------


def test_the_written_conversations_are_whole_and_repeatable() -> None:
    messages = list(written(3, 50))
    assert [message.text for message in messages] == [message.text for message in written(3, 50)]
    assert [message.role.value for message in messages[:3]] == ["user", "assistant", "user"]
    assert [message.parent_id for message in messages] == [None, *(message.id for message in messages[:-1])]


def test_the_records_can_be_read() -> None:
    assert len(AnswerRecord.model_validate(record(0)).last.answer) > 0


def test_what_was_filled_in_is_found_by_its_owner(tmp_path: Path) -> None:
    with library(tmp_path) as kept:
        cookies = kept.new_cookies()
        (conversation_id,) = kept.fill(cookies, 1, 4)
        assert kept.answer(cookies, conversation_id).num_output > 0
