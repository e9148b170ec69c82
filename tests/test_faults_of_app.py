"""What can go wrong around an answer: no disk, two tabs, files and texts of any kind, a conversation that goes."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from chains.exports.conversation_json import FORMAT
from errors import (
    ConversationBusy,
    ConversationNotFound,
    ImportNotOurs,
    ImportTooNew,
    MessageTooLong,
    NothingAsked,
    StorageFull,
)
from tests.databases import assert_whole
from tests.gradio_client_raw import Heard, RawVisitor, visitor
from tests.page_process import PageProcess, page_process
from tests.page_reader import catalogue

LIMIT = 1_100_000  # characters of a message
LONG = "".join(random.Random(3).choices("abcdefgh ", k=50_000))  # takes new pages of the database


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    folder = tmp_path_factory.mktemp("page")
    with page_process(folder, max_characters=LIMIT, context_tokens=100_000) as page:
        yield page
        assert "Traceback" not in page.log
        assert "unexpected" not in page.log
    assert_whole(page.database)


@pytest.fixture
async def ana(page: PageProcess) -> AsyncIterator[RawVisitor]:
    async with visitor(page.url) as ana:
        yield ana


def say(error: type[Any], **values: object) -> str:
    return catalogue.text("en", error.key, **values)


def texts(heard: Heard) -> list[str]:
    return [message["content"][0]["text"] for message in heard.shown["chat"]]


def status_of(page: PageProcess, conversation_id: str) -> tuple[str, str]:
    """The id and the status of the newest message."""
    with closing(sqlite3.connect(page.database)) as connection:
        query = "SELECT id, status FROM messages WHERE conversation_id = ? ORDER BY position DESC LIMIT 1"
        message_id, status = connection.execute(query, [conversation_id]).fetchone()
        return message_id, status


@asynccontextmanager
async def streaming(ana: RawVisitor, conversation_id: str = "", text: str = "endless") -> AsyncIterator[Heard]:
    """Meanwhile, the answer to ``text`` grows in a tab; then the tab is closed."""
    async with aclosing(ana.asking(text, conversation_id)) as answers:
        async for heard in answers:
            if "word3" in str(heard.shown.get("chat")):
                yield heard
                return


@asynccontextmanager
async def full_disk(page: PageProcess) -> AsyncIterator[None]:
    page.full_mark.touch()
    try:
        yield
    finally:
        page.full_mark.unlink()


async def settled(page: PageProcess, conversation_id: str) -> None:
    """A closed tab is noticed by the server a moment later."""
    while status_of(page, conversation_id)[1] == "answering":  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.05)


# --- the disk --------------------------------------------------------------------------------------------------------


async def test_on_a_full_disk_the_question_stays_in_the_box(page: PageProcess, ana: RawVisitor) -> None:
    first = await ana.ask("before")
    async with full_disk(page):
        heard = await ana.ask(LONG, first.shown["conversation"])
    assert heard.is_success
    assert heard.sentences == [say(StorageFull)]
    assert say(StorageFull) in heard.shown["status"]
    assert "box" not in heard.shown, "it was cleared"
    assert_whole(page.database)
    assert texts(await ana.look(first.shown["conversation"])) == ["before", "You sent: before"]
    again = await ana.ask(LONG, first.shown["conversation"])
    assert again.sentences == []
    assert again.shown["box"] == ""
    assert len(texts(again)) == 4


async def test_a_disk_that_fills_while_an_answer_grows(page: PageProcess, ana: RawVisitor) -> None:
    first = (await ana.ask("before")).shown["conversation"]
    async with full_disk(page), streaming(ana, first):
        assert (await ana.ask(LONG)).sentences == [say(StorageFull)]
    await settled(page, first)
    answer_id, _ = status_of(page, first)
    assert "resume" in (await ana.look(first)).shown["bars"]
    function = ana.layout.function("bridge", "submit")
    data = ana.layout.inputs(function, conversation=first)
    async with aclosing(ana.listen(function, data, {"action": "resume", "message": answer_id})) as answers:
        async for heard in answers:
            if "word9" in str(heard.shown.get("chat")):
                break
    await settled(page, first)


# --- two tabs --------------------------------------------------------------------------------------------------------


async def test_two_tabs_in_one_conversation_take_turns(page: PageProcess, ana: RawVisitor) -> None:
    async with streaming(ana) as heard:
        conversation_id = heard.shown["conversation"]
        second = await ana.ask("me too", conversation_id)
        assert second.is_success
        assert second.sentences == [say(ConversationBusy)]
        assert "box" not in second.shown, "it was cleared"
    await settled(page, conversation_id)
    asked = texts(await ana.ask("me too", conversation_id))
    assert [asked[0], *asked[2:]] == ["endless", "me too", "You sent: me too"]


async def test_a_conversation_that_is_deleted_while_its_answer_grows(page: PageProcess, ana: RawVisitor) -> None:
    conversation_id = ""
    async with aclosing(ana.asking("slow")) as answers:
        async for heard in answers:
            if not conversation_id and "word3" in str(heard.shown.get("chat")):
                conversation_id = heard.shown["conversation"]
                assert (await ana.act("input", "", "delete", id=conversation_id)).is_success
    assert heard.sentences == [say(ConversationNotFound)]
    assert heard.is_success
    assert texts(await ana.look(conversation_id)) == []
    settle = next(each for each in ana.layout.dependencies if ana.layout.name(each["outputs"][0]) == "entries")
    assert (await ana.call(settle, ana.layout.inputs(settle, conversation=conversation_id))).is_success
    await ana.act("select", "", "restore", id=conversation_id)
    question, answer = texts(await ana.look(conversation_id))
    assert question == "slow"
    assert "word99" in answer
    assert status_of(page, conversation_id)[1] == "complete"


# --- files -----------------------------------------------------------------------------------------------------------


async def bring(ana: RawVisitor, content: bytes) -> tuple[Heard, Path]:
    """Upload a file and have it taken in; also where it lay meanwhile."""
    files = {"files": ("conversation.json", content, "application/json")}
    (path,) = (await ana.client.post("/gradio_api/upload", files=files)).raise_for_status().json()
    file = {"path": path, "orig_name": "conversation.json", "meta": {"_type": "gradio.FileData"}}
    return await ana.event("import", "upload", **{"import": file}), Path(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", say(ImportNotOurs)),
        (b"\x00\xff\x89PNG", say(ImportNotOurs)),
        (b'{"messages": []}', say(ImportNotOurs)),
        (b"[" * 100_000, say(ImportNotOurs)),
        (json.dumps({"format": FORMAT, "version": 99}).encode(), say(ImportTooNew, version=99)),
    ],
    ids=["empty", "a picture", "not ours", "brackets", "too new"],
)
async def test_a_file_that_is_not_ours_is_refused(ana: RawVisitor, content: bytes, sentence: str) -> None:
    heard, path = await bring(ana, content)
    assert heard.sentences == [sentence]
    assert not path.exists()


async def test_a_file_that_no_export_can_be_is_not_even_kept(ana: RawVisitor) -> None:
    files = {"files": ("conversation.json", b" " * 45_000_000, "application/json")}
    assert (await ana.client.post("/gradio_api/upload", files=files)).status_code == 413


async def test_a_file_of_ours_comes_back(ana: RawVisitor) -> None:
    first = (await ana.ask("hello")).shown["conversation"]
    exported = await ana.client.get(f"/conversations/{first}/export.json")
    heard, path = await bring(ana, exported.content)
    assert not path.exists()
    assert heard.shown["conversation"] != first
    assert texts(heard) == ["hello", "You sent: hello"]


async def test_of_a_conversation_whose_only_turn_was_undone_there_is_no_program(ana: RawVisitor) -> None:
    conversation_id = (await ana.ask("hello")).shown["conversation"]
    program = f"/conversations/{conversation_id}/export.py"
    assert "hello" in (await ana.client.get(program)).text
    await ana.act("input", conversation_id, "undo")
    answer = await ana.client.get(program)
    assert (answer.status_code, answer.text) == (404, say(NothingAsked))


# --- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a\ufffdb"),
        ("half \ud800 a pair", "half ? a pair"),
        ("\U0001f469\u200d\U0001f469\u200d\U0001f467 ñ 漢字", "\U0001f469\u200d\U0001f469\u200d\U0001f467 ñ 漢字"),
        ("abc \u202egnp.exe", "abc gnp.exe"),
        ("<script>alert(1)</script>", "&#60;script>alert(1)&#60;/script>"),
    ],
    ids=["NUL", "half a pair", "emoji", "right to left", "markup"],
)
async def test_any_text_is_kept_and_shown_as_text(ana: RawVisitor, text: str, shown: str) -> None:
    heard = await ana.ask(text)
    assert texts(heard)[0] == shown
    assert texts(await ana.look(heard.shown["conversation"]))[0] == shown


async def test_a_line_of_a_megabyte_is_kept_and_shown(page: PageProcess, ana: RawVisitor) -> None:
    heard = await ana.ask("x" * 1_000_000)
    assert heard.sentences == []
    assert len(texts(await ana.look(heard.shown["conversation"]))[0]) == 1_000_000


async def test_a_text_over_the_limit_stays_in_the_box(ana: RawVisitor) -> None:
    heard = await ana.ask("x" * (LIMIT + 1))
    assert heard.sentences == [say(MessageTooLong, length=LIMIT + 1, limit=LIMIT)]
    assert "box" not in heard.shown, "it was cleared"
