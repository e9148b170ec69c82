"""What many visits leave behind in the program: nothing of streams that were cut, hardly any memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from tests.app_wear import at_rest, comes_true, held_by, statuses
from tests.gradio_client_raw import RawVisitor, visitor
from tests.served_app import ServedApp, served_app

AT_ONCE = 10
STORY = "Write a very long story about the moon."
ROOM_FOR_FILES = 4  # connections that are kept open between two requests
ROOM_FOR_THREADS = 4
WARMING_UP = 200  # requests, after which all that is made once is there
MAX_GROWTH_MB = 20.0


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    with served_app(tmp_path_factory.mktemp("app"), TERTULIA_MAX_ANSWER_TOKENS="300") as app:
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


async def visit(one: RawVisitor, number: int) -> None:
    """One request of many kinds: the page, what it is made of, a conversation, a search, now and then a question."""
    kind = number % 20
    if kind == 0:
        heard = await one.ask("Hello!")
        assert heard.is_success, heard.raw[-1]
    elif kind < 8:
        assert (await one.look("")).is_success
    else:
        path = ("/", "/config", "/healthz", "/theme.css")[kind % 4]
        assert (await one.client.get(path)).status_code == 200


async def visit_often(app: ServedApp, times: int) -> None:
    """As ten browsers at once."""
    left = iter(range(times))

    async def visit_as_one() -> None:
        async with visitor(app.url) as one:
            for number in left:
                await visit(one, number)

    await asyncio.gather(*(visit_as_one() for _ in range(AT_ONCE)))
    await at_rest(app)


@pytest.mark.timeout(1_800)
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
    print(f"{times} streams were cut: before {before}, after {held_by(app)}")  # noqa: T201 - figures to publish


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("times", [200, pytest.param(2_000, marks=pytest.mark.slow)])
async def test_requests_leave_hardly_any_memory_behind(app: ServedApp, times: int) -> None:
    await visit_often(app, WARMING_UP)
    before = held_by(app)
    await visit_often(app, times)
    after = held_by(app)
    print(f"{times} requests: {after.mb - before.mb:+.1f} MB; before {before}, after {after}")  # noqa: T201 - likewise
    assert after.mb - before.mb <= MAX_GROWTH_MB
