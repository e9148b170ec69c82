"""When keys that a visitor typed are forgotten: at the first request of a browser that was closed since."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from components.catalogue import Catalogue
from components.entrance import Entrance
from components.front_door import FrontDoor
from components.owner import OWNER_COOKIE, SESSION_COOKIE, OwnerCookie

OPEN = Entrance.open_to_all()
owners = OwnerCookie(b"one secret of the tests, thirty-two bytes long")


class House:
    """A page and a function behind the front door; ``closed`` are the owners whose browsers were closed."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        door = Middleware(
            FrontDoor,
            owners=owners,
            catalogue=Catalogue.load(),
            on_closed=self.closed.append,
            entrance=OPEN,
        )
        routes = [Route(path, self._answer, methods=["GET", "POST"]) for path in ("/", "/call")]
        self.app = Starlette(routes=routes, middleware=[door])

    def browser(self, cookies: dict[str, str] | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://house", cookies=cookies)

    async def _answer(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse("<head></head>")


async def test_while_a_browser_is_open_it_keeps_its_session() -> None:
    house = House()
    async with house.browser() as browser:
        for method, path in (("GET", "/"), ("GET", "/"), ("POST", "/call"), ("GET", "/?lang=es"), ("GET", "/")):
            await browser.request(method, path)
    assert house.closed == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/call"), ("GET", "/?lang=es")])
async def test_the_owners_cookie_alone_is_a_browser_that_was_closed(method: str, path: str) -> None:
    house = House()
    async with house.browser() as browser:
        await browser.get("/")
        value = browser.cookies[OWNER_COOKIE]
    async with house.browser({OWNER_COOKIE: value}) as again:
        await again.request(method, path)
    assert house.closed == [owners.owner_in({OWNER_COOKIE: value})]


async def test_the_session_of_another_is_none() -> None:
    house = House()
    value = owners.new_value()
    async with house.browser() as another:
        await another.get("/")
        stolen = another.cookies[SESSION_COOKIE]
    async with house.browser({OWNER_COOKIE: value, SESSION_COOKIE: stolen}) as browser:
        await browser.post("/call")
    assert house.closed == [owners.owner_in({OWNER_COOKIE: value})]


async def test_who_is_nobody_closes_nothing() -> None:
    house = House()
    async with house.browser({OWNER_COOKIE: "made-up"}) as browser:
        await browser.post("/call")
        await browser.get("/")
    assert house.closed == []


async def test_what_begins_with_the_server_passes() -> None:
    seen: list[str] = []

    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> Message:
        return {}

    async def ignore(_: Message) -> None: ...

    door = FrontDoor(program, owners=owners, catalogue=Catalogue.load(), on_closed=seen.append, entrance=OPEN)
    await door({"type": "lifespan"}, nothing, ignore)
    assert seen == ["lifespan"]
