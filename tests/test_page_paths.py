"""Of Gradio's server, only what the page needs is open; read from the server itself, so that new paths are seen."""

from __future__ import annotations

import re
from pathlib import Path

import gradio.routes
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from safety.page_paths import OPEN, PathGuard

PREFIX = "/gradio_api"
ROUTE = re.compile(r'@(app|router)\.(get|post|put|delete|patch|head|websocket|api_route)\(\s*f?"([^"]+)"')
NEEDED = {*OPEN, "/assets/{path:path}", "/static/{path:path}", "/gradio_api/heartbeat/{session_hash}"}


async def reached(scope: Scope, receive: Receive, send: Send) -> None:
    """What lies behind the guard."""
    await PlainTextResponse("reached")(scope, receive, send)


async def own(_: Request) -> PlainTextResponse:
    return PlainTextResponse("own")


async def asked(method: str, path: str) -> httpx.Response:
    guard = PathGuard(reached, [Route("/things/{id}", own)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://127.0.0.1") as client:
        return await client.request(method, path)


@pytest.fixture(scope="module")
def served() -> list[tuple[str, str]]:
    """Method and path of all that Gradio's source has routes for."""
    found = ROUTE.findall(Path(gradio.routes.__file__).read_text(encoding="utf-8"))
    paths = sorted({(method.upper(), f"{PREFIX if on == 'router' else ''}{path}") for on, method, path in found})
    assert {("GET", "/monitoring"), ("POST", "/gradio_api/component_server"), ("GET", "/config")} <= set(paths)
    return paths


async def test_what_the_page_does_not_need_is_closed(served: list[tuple[str, str]]) -> None:
    for method, path in served:
        answer = await asked(method, path.replace("{path:path}", "a.js").replace("{", "").replace("}", ""))
        known = path in NEEDED or path.replace("{path}", "{path:path}") in NEEDED
        assert answer.status_code in ((200, 404) if known else (404,)), (method, path)
    for path in sorted(NEEDED - {""}):
        given = path.replace("{path:path}", "a.js").replace("{session_hash}", "abc")
        method = "POST" if "POST" in OPEN.get(path, ()) else "GET"
        assert (await asked(method, given)).status_code == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "/openapi.json",
        "/gradio_api/openapi.json",
        "/gradio_api/info",
        "/gradio_api/runs",
        "/gradio_api/run/predict",
        "/gradio_api/file=/tmp/x",
        "/gradio_api/queue/data/",
        "/gradio_api/Queue/data",
        "/gradio_api/heartbeat/a/b",
        "/gradio_api/heartbeat/",
        "/static/..\\secret",
        "/logout",
        "/nothing",
    ],
)
async def test_what_is_closed_does_not_exist(path: str) -> None:
    for method in ("GET", "POST", "PUT", "OPTIONS"):
        answer = await asked(method, path)
        assert (answer.status_code, answer.text) == (404, "Not Found")


async def test_our_own_routes_are_open() -> None:
    assert (await asked("GET", "/things/1")).text == "reached"
    assert (await asked("GET", "/things/1/2")).status_code == 404


async def test_a_socket_is_closed() -> None:
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message["type"])

    await PathGuard(reached, [])({"type": "websocket", "path": "/", "headers": []}, receive, send)
    assert sent == ["websocket.close"]
