"""The benchmark's arithmetic and its readers, without a model."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.answer import Answer, ContenderFailed, NothingToMeasure, Request
from bench.contenders.server import Server
from bench.figures import (
    FIGURES,
    KEYS,
    NOT_ASKED,
    Record,
    decode_rate,
    gaps,
    hit_rate,
    mean_first_token_s,
    percentile_95,
    total_rate,
)
from bench.questions import document, lessons
from bench.readers import classroom, classroom_of_threads
from bench.trials import mixed_requests

BY_KEY = {figure.key: figure for figure in FIGURES}


def answer(
    asked_at: float, *piece_times: float, num_output: int | None = None, prompt: int = 0, cached: int = 0
) -> Answer:
    ended_at = piece_times[-1] if piece_times else asked_at
    num_output = len(piece_times) if num_output is None else num_output
    return Answer(asked_at, piece_times, ended_at, "", num_output, prompt, cached)


# --- figures ---------------------------------------------------------------------------------------------------------


def test_a_figure_is_the_ratio_of_medians() -> None:
    record = Record()
    for ours, lock in ((1.0, 6.0), (2.0, 50.0), (100.0, 12.0)):
        record.add(ours__ttft_mean_s=ours, lock__ttft_mean_s=lock)
    figure = BY_KEY["ttft_mean_ratio_8users"]
    assert record.value(figure) == 6.0
    assert record.reason(figure) is None


def test_what_was_not_measured_is_none_with_its_reason() -> None:
    record = Record()
    record.add(ours__ttft_mean_s=1.0)
    record.cannot(["ttft_mean_ratio_8users"], "lock ended with code -4")
    assert {record.value(figure) for figure in FIGURES} == {None}
    assert record.reason(BY_KEY["ttft_mean_ratio_8users"]) == "lock ended with code -4"
    assert record.reason(BY_KEY["leak_mb"]) == NOT_ASKED


def test_a_round_that_failed_leaves_the_others() -> None:
    record = Record()
    record.add(ours__leak_mb=3.0)
    record.cannot(["leak_mb"], "the second round failed")
    assert record.value(BY_KEY["leak_mb"]) == 3.0
    assert record.reason(BY_KEY["leak_mb"]) is None


@pytest.mark.parametrize(
    ("key", "value", "is_reached"),
    [
        ("throughput_ratio_8users", 2.0, True),
        ("throughput_ratio_8users", 1.99, False),
        ("smooth_ratio", 3.0, True),
        ("smooth_ratio", 3.1, False),
        ("restart_s", 1.0, None),
    ],
)
def test_targets_are_reached_on_their_own_side(key: str, value: float, is_reached: bool | None) -> None:
    assert BY_KEY[key].is_reached(value) is is_reached


def test_the_keys_are_unlike() -> None:
    assert len(set(KEYS)) == len(FIGURES)


def test_the_95th_percentile_of_a_ruler() -> None:
    assert percentile_95([float(value) for value in range(101)]) == pytest.approx(95.0)
    with pytest.raises(NothingToMeasure):
        percentile_95([1.0])


def test_first_token_times() -> None:
    assert mean_first_token_s([answer(0.0, 1.0, 9.0), answer(1.0, 4.0)]) == 2.0
    assert answer(3.0).first_token_s == 0.0


def test_the_total_rate_counts_waiting() -> None:
    assert total_rate([answer(0.0, 1.0, 2.0), answer(0.0, 9.0, 10.0)]) == pytest.approx(0.4)


def test_the_decode_rate_begins_after_the_first_token() -> None:
    assert decode_rate([answer(0.0, 10.0, 11.0, 12.0)]) == pytest.approx(1.0)


def test_the_decode_rate_of_many_covers_the_time_when_all_are_written() -> None:
    early = answer(0.0, 0.0, 1.0, 2.0, 3.0, 4.0)
    late = answer(0.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    assert decode_rate([early, late]) == pytest.approx(2.0)


def test_a_piece_counts_for_its_tokens() -> None:
    assert decode_rate([answer(0.0, 1.0, 2.0, num_output=4)]) == pytest.approx(2.0)


@pytest.mark.parametrize("answers", [[answer(0.0)], [answer(0.0, 1.0)], [answer(0.0, 1.0, 2.0), answer(0.0, 5.0, 6.0)]])
def test_no_decode_rate_from_too_little(answers: list[Answer]) -> None:
    with pytest.raises(NothingToMeasure):
        decode_rate(answers)


def test_the_hit_rate_leaves_out_first_turns() -> None:
    first = answer(0.0, num_output=10, prompt=50)
    second = answer(0.0, prompt=100, cached=45)
    assert hit_rate([[first, second]]) == (0.45, 0.6)
    with pytest.raises(NothingToMeasure):
        hit_rate([[first]])


def test_gaps_that_touch_the_time_between() -> None:
    times = [0.0, 1.0, 2.0, 5.0, 6.0]
    assert gaps(times, 0.0, 1.5) == [1.0, 1.0]
    assert gaps(times, 2.5, 5.5) == [3.0, 1.0]


# --- readers and questions -------------------------------------------------------------------------------------------


def echo(request: Request) -> Answer:
    return Answer(0.0, (1.0,), 1.0, f"answer {len(request.messages)}", 1)


async def test_a_reader_brings_all_that_was_said() -> None:
    asked: list[Request] = []

    async def ask(request: Request) -> Answer:
        asked.append(request)
        return echo(request)

    await classroom(ask, [["one", "two"]], max_tokens=7)
    assert [message["content"] for message in asked[1].messages[1:]] == ["one", "answer 2", "two"]
    assert [message["role"] for message in asked[1].messages] == ["system", "user", "assistant", "user"]
    assert asked[1].max_tokens == 7


async def test_threads_and_tasks_read_the_same() -> None:
    async def ask(request: Request) -> Answer:
        return echo(request)

    questions = lessons(8, 4)
    assert await classroom(ask, questions, 7) == classroom_of_threads(echo, questions, 7)


def test_no_two_readers_or_documents_begin_alike() -> None:
    assert len({questions[0] for questions in lessons(8, 4)}) == 8
    assert document(50, seed=1) != document(50, seed=2)


def test_the_mixed_requests_are_the_same_each_time_and_of_all_kinds() -> None:
    requests = list(mixed_requests(2_000))
    assert requests == list(mixed_requests(2_000))
    left = [patience for _, patience in requests if patience is not None]
    assert 200 < len(left) < 400
    assert any(request.options for request, _ in requests)


# --- a server of others ----------------------------------------------------------------------------------------------


class FakeServer(BaseHTTPRequestHandler):
    """Speaks as much of OpenAI's protocol as the benchmark needs; the model ``broken`` refuses every question."""

    pieces = ("Good ", "day", "")

    def do_GET(self) -> None:
        body = json.dumps({"data": [{"id": "fake"}]}).encode()
        self.send_response(200 if self.path == "/v1/models" else 404)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_asked_well = self.path == "/v1/chat/completions" and body["model"] == "fake" and body["stream"]
        is_broken = "break" in body["messages"][-1]["content"]
        self.send_response(500 if is_broken or not is_asked_well else 200)
        self.end_headers()
        events = [{"choices": [{"delta": {"content": piece}}]} for piece in self.pieces]
        for event in [{"choices": [{"delta": {"role": "assistant"}}]}, *events, self.usage()]:
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.wfile.write(b"data: [DONE]\n\n")

    def usage(self) -> dict[str, object]:
        return {"choices": [], "usage": {"completion_tokens": 3}}

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeServer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_a_server_streams_its_answers(server_url: str, suffix: str) -> None:
    conversations = Server(server_url + suffix).classroom([["Hello", "And you?"], ["Hi"]], max_tokens=5)
    assert [len(answers) for answers in conversations] == [2, 1]
    (answer_to_hi,) = conversations[1]
    assert (answer_to_hi.text, answer_to_hi.num_output, len(answer_to_hi.piece_times)) == ("Good day", 3, 2)
    assert 0 <= answer_to_hi.first_token_s <= answer_to_hi.ended_at - answer_to_hi.asked_at


def test_a_server_that_fails_says_so(server_url: str) -> None:
    server = Server(server_url)
    with pytest.raises(ContenderFailed, match="500"):
        server.classroom([["break"]], max_tokens=5)


def test_a_server_that_is_not_there(server_url: str) -> None:
    with pytest.raises(ContenderFailed, match="names no model"):
        Server(f"{server_url}/elsewhere")
