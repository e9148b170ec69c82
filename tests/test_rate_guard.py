"""How much one address may ask for in a minute."""

from __future__ import annotations

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from safety.page_paths import UPLOAD
from safety.rate_guard import Bucket, RateGuard


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


async def ask(
    guard: RateGuard, path: str = "/", peer: str = "192.0.2.1", headers: dict[str, str] | None = None
) -> httpx.Response:
    transport = httpx.ASGITransport(guard, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.get(path, headers=headers)


async def test_who_asks_too_often_is_told_how_long_to_wait() -> None:
    clock = Clock()
    guard = RateGuard(page, a_minute={"": 3}, clock=clock)
    assert [(await ask(guard)).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = await ask(guard)
    assert refused.headers["retry-after"] == "20"
    assert refused.headers["content-type"].startswith("text/plain")
    assert (await ask(guard, peer="192.0.2.2")).status_code == 200
    clock.time += 20
    assert [(await ask(guard)).status_code for _ in range(2)] == [200, 429]


async def test_uploads_are_counted_apart_too() -> None:
    guard = RateGuard(page, a_minute={"": 5, UPLOAD: 2}, clock=Clock())
    assert [(await ask(guard, UPLOAD)).status_code for _ in range(3)] == [200, 200, 429]
    assert [(await ask(guard)).status_code for _ in range(3)] == [200, 200, 429]


async def test_files_of_the_page_cost_nothing() -> None:
    guard = RateGuard(page, a_minute={"": 1}, clock=Clock())
    assert {(await ask(guard, f"/assets/{number}.js")).status_code for number in range(9)} == {200}


async def test_a_proxy_of_ours_says_who_asks_and_anybody_else_may_say_what_he_likes() -> None:
    behind = RateGuard(page, trusts_proxy=True, a_minute={"": 1}, clock=Clock())
    for last, status in (("198.51.100.1", 200), ("198.51.100.2", 200), ("198.51.100.1", 429)):
        told = {"x-forwarded-for": f"203.0.113.{status}, {last}"}
        assert (await ask(behind, headers=told)).status_code == status
    alone = RateGuard(page, a_minute={"": 1}, clock=Clock())
    answers = [await ask(alone, headers={"x-forwarded-for": f"198.51.100.{number}"}) for number in range(2)]
    assert [each.status_code for each in answers] == [200, 429]


def test_what_is_remembered_is_bounded() -> None:
    bucket = Bucket(1, max_keys=10, clock=Clock())
    assert [bucket.take(str(number)) for number in range(1_000)] == [0] * 1_000
    assert len(bucket) == 10


def test_a_clock_that_goes_back_locks_nobody_out() -> None:
    clock = Clock()
    bucket = Bucket(2, clock=clock)
    bucket.take("a")
    clock.time -= 1_000
    assert [bucket.take("a"), bucket.take("a")] == [0, 30]
    clock.time += 30
    assert bucket.take("a") == 0
