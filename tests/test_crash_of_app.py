"""The program is killed while it answers: what was shown as sent is not lost, and the answer can be gone on with."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.databases import assert_whole
from tests.gradio_client_raw import RawVisitor, visitor
from tests.page_process import PageProcess, page_process
from tests.starting import StartClock, assert_in_time

QUESTION = "endless"
SECONDS_BEHIND = 1.5  # at most, of what is stored to what was shown


@dataclass
class Seen:
    """What a visitor had seen when the program was killed: when, how much of the answer."""

    cookies: dict[str, str]
    conversation_id: str = ""
    growth: list[tuple[float, str]] = field(default_factory=list)

    def take(self, shown: Mapping[str, Any]) -> None:
        if chat := shown.get("chat"):
            self.conversation_id = shown["conversation"]
            self.growth.append((time.monotonic(), chat[1]["content"][0]["text"] if len(chat) > 1 else ""))

    @property
    def seconds(self) -> float:
        return self.growth[-1][0] - self.growth[0][0] if self.growth else -1.0

    @property
    def must_be_kept(self) -> str:
        newest, _ = self.growth[-1]
        return next((text for at, text in reversed(self.growth) if at <= newest - SECONDS_BEHIND), "").rstrip()


async def read_and_kill(page: PageProcess, seconds: float, cookies: dict[str, str] | None) -> Seen:
    """Ask, and kill the program ``seconds`` after the question was shown as sent, while it writes."""
    async with visitor(page.url, cookies) as ana:
        seen = Seen(dict(ana.client.cookies))
        async with aclosing(ana.asking(QUESTION)) as answers:
            async for heard in answers:
                seen.take(heard.shown)
                if seen.seconds >= seconds:
                    page.process.kill()
                    page.process.wait()
                    break
    return seen


async def check_kept(page: PageProcess, seen: Seen) -> None:
    """The page opens as if nothing had happened, with the question, and the answer marked as stopped."""
    async with visitor(page.url, seen.cookies) as ana:
        assert (await ana.client.get("/")).status_code == 200
        shown = (await ana.look(seen.conversation_id)).shown
        question, answer = shown["chat"]
        assert question["content"][0]["text"] == QUESTION
        assert answer["content"][0]["text"].startswith(seen.must_be_kept)
        assert "resume" in shown["bars"]
        await check_goes_on(ana, seen.conversation_id, page.database)


async def check_goes_on(ana: RawVisitor, conversation_id: str, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT id, status, length(text) FROM messages WHERE conversation_id = ? ORDER BY position"
        asked, (answer_id, status, length) = connection.execute(query, [conversation_id]).fetchall()
    assert asked[1:] == ("complete", len(QUESTION))
    assert status == "stopped"
    function = ana.layout.function("bridge", "submit")
    data = ana.layout.inputs(function, conversation=conversation_id)
    async with aclosing(ana.listen(function, data, {"action": "resume", "message": answer_id})) as answers:
        async for heard in answers:
            chat = heard.shown.get("chat") or []
            if len(chat) > 1 and len(chat[1]["content"][0]["text"]) > length:
                return
    raise AssertionError("the answer did not go on")


async def kill_often(folder: Path, times: int) -> None:
    draw = random.Random(11)
    seen: list[Seen] = []
    starts: list[StartClock] = []
    for number in range(times):
        clock = StartClock()
        with page_process(folder) as page:
            starts.append(clock.stop(page.process.pid))
            assert_in_time(starts)
            if seen:
                await check_kept(page, seen[-1])
            seconds = draw.uniform(0.0, 3.0) if number else 0.0  # the first at once
            seen.append(await read_and_kill(page, seconds, seen[-1].cookies if seen else None))
        assert_whole(folder / "page.sqlite")
    with page_process(folder) as page:
        await check_kept(page, seen[-1])
    took = sorted(start.seconds for start in starts[1:])
    print(f"{times} kills, starts after them took {took[0]:.1f} to {took[-1]:.1f} s")  # noqa: T201 - to publish


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("times", [3, pytest.param(50, marks=pytest.mark.slow)])
async def test_killed_again_and_again_nothing_shown_as_sent_is_lost(tmp_path: Path, times: int) -> None:
    await kill_often(tmp_path, times)
