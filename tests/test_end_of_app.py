"""The program is ended in good order while people read: all are told, what was written is stored, and it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from components.catalogue import Catalogue
from components.closing import Closing
from errors import ProgramStopping
from tests.gradio_client_raw import visitor
from tests.served_app import served_app

READERS = 6
LIMIT_S = 8.0  # from the signal to the end of the process
STORY = "Write a very long story about the moon."
STOPPING = Catalogue.load().text("en", ProgramStopping.key)


async def read_until_told(url: str, number: int, begun: asyncio.Queue[int]) -> tuple[str, str]:
    """What was written when the end came, and what was said then. Whoever's answer ends before that asks again."""
    text, said = "", ""
    async with visitor(url) as one:
        while STOPPING not in said:
            async with aclosing(one.asking(f"{number}. {STORY}")) as answers:
                async for heard in answers:
                    chat = heard.shown.get("chat") or []
                    if len(chat) > 1:
                        if not text:
                            begun.put_nowait(number)
                        text = chat[-1]["content"][0]["text"]
                    said = str(heard.shown.get("status", ""))
    return text, said


@pytest.mark.timeout(300)
async def test_everybody_is_told_and_the_program_ends_in_time(tmp_path: Path) -> None:
    begun: asyncio.Queue[int] = asyncio.Queue()
    with served_app(tmp_path) as app:
        readers = [asyncio.create_task(read_until_told(app.url, number, begun)) for number in range(READERS)]
        for _ in readers:
            await begun.get()
        ended = psutil.Process(app.process_id)
        ended.terminate()
        async with asyncio.timeout(LIMIT_S):
            told = await asyncio.gather(*readers)
            await asyncio.to_thread(ended.wait, LIMIT_S)
    assert all(text and STOPPING in said for text, said in told), told
    with served_app(tmp_path) as app:  # nothing was left locked, or half written
        async with visitor(app.url) as one:
            assert (await one.client.get("/healthz")).json()["status"] == "ok"


async def endless(closed: list[str]) -> AsyncGenerator[str, None]:
    try:
        while True:
            yield "state"
            await asyncio.sleep(3600)
    finally:
        closed.append("closed")


async def test_streams_end_wherever_they_are_and_no_other_begins() -> None:
    closing, closed, shown = Closing(), list[str](), list[str]()
    reached = asyncio.Event()

    async def read() -> None:
        async with aclosing(closing.until(endless(closed))) as states:
            async for state in states:
                shown.append(state)
                reached.set()

    reading = asyncio.create_task(read())
    await reached.wait()
    await asyncio.to_thread(closing.begin)
    with pytest.raises(ProgramStopping):
        await reading
    assert (shown, closed) == (["state"], ["closed"])
    assert await asyncio.to_thread(closing.wait, 0)
    with closing.stream():
        assert not await asyncio.to_thread(closing.wait, 0)
    with pytest.raises(ProgramStopping):
        await read()


async def test_who_is_cancelled_before_the_end_hears_nothing_of_it() -> None:
    closing, closed = Closing(), list[str]()
    states = closing.until(endless(closed))
    await anext(states)
    step = asyncio.ensure_future(anext(states))
    await asyncio.sleep(0)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert closed == ["closed"]


async def test_a_stream_within_a_stream_ends_with_it() -> None:
    closing, closed = Closing(), list[str]()
    inner = closing.until(endless(closed))
    outer = closing.until(inner)
    assert [await anext(outer)] == ["state"]
    step = asyncio.ensure_future(anext(outer))
    await asyncio.sleep(0)
    await asyncio.to_thread(closing.begin)
    with pytest.raises(ProgramStopping):
        await step
    assert closed == ["closed"]


async def test_a_stream_within_a_stream_that_ends_by_itself_ends_quietly() -> None:
    async def two() -> AsyncGenerator[int, None]:
        yield 1
        yield 2

    closing = Closing()
    assert [state async for state in closing.until(closing.until(two()))] == [1, 2]
