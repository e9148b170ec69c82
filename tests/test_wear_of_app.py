"""What many visits leave behind in the program: nothing of streams that were cut, hardly any memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from tests.app_wear import at_rest, comes_true, held_by, statuses
from tests.gradio_client_raw import visitor
from tests.served_app import ServedApp, served_app

AT_ONCE = 10
STORY = "Write a very long story about the moon."
ROOM_FOR_FILES = 4  # connections that are kept open between two requests
ROOM_FOR_THREADS = 4
MAX_GROWTH_MB = 20.0


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    with served_app(tmp_path_factory.mktemp("app"), TERTULIA_MAX_ANSWER_TOKENS="400") as app:
        yield app


async def cut(app: ServedApp, number: int) -> None:
    """A browser that goes while its answer is written."""
    async with visitor(app.url) as one, aclosing(one.asking(f"{number}. {STORY}")) as answers:
        async for heard in answers:
            chat = heard.shown.get("chat") or []
            if len(chat) > 1 and chat[1]["content"][0]["text"]:
                return
    raise AssertionError("the answer was over before it was cut")


async def cut_many(app: ServedApp, numbers: range) -> None:
    for some in batches(numbers):
        await asyncio.gather(*(cut(app, number) for number in some))
    await at_rest(app)


def batches(numbers: range) -> list[range]:
    return [numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE)]


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("times", [AT_ONCE, pytest.param(100, marks=pytest.mark.slow)])
async def test_cut_streams_leave_nothing_behind(app: ServedApp, times: int) -> None:
    """Seen from outside: no answer goes on or is kept as being written, no file, socket, thread or child is more."""
    await cut_many(app, range(AT_ONCE))  # what is made once, for whoever comes first
    before, kept = held_by(app), statuses(app.data)
    await cut_many(app, range(AT_ONCE, AT_ONCE + times))
    await comes_true(lambda: held_by(app).files <= before.files + ROOM_FOR_FILES)
    await comes_true(lambda: held_by(app).threads <= before.threads + ROOM_FOR_THREADS)
    assert held_by(app).children == before.children
    assert statuses(app.data)["stopped"] - kept["stopped"] == times
    print(before, held_by(app))
