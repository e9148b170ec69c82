"""The guard that reads what is posted before Gradio does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from safety.body_guard import MAX_BODY_BYTES, MAX_EVENT_BYTES, BodyGuard

JOIN = "/gradio_api/queue/join"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """The application behind the guard: says back what was posted."""
    await PlainTextResponse(await Request(scope, receive).body())(scope, receive, send)


async def post(content: bytes, path: str = JOIN) -> httpx.Response:
    transport = httpx.ASGITransport(BodyGuard(echo))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        return await client.post(path, content=content)


def event(value: Any) -> bytes:
    return json.dumps({"data": ["text", value], "fn_index": 3, "session_hash": "a"}).encode()


def file(path: str) -> dict[str, Any]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(
    "value",
    [
        file("http://127.0.0.1:1/secret"),
        file("HTTPS://example.com"),
        file("//example.com/a"),
        file("file:///etc/passwd"),
        file("ftp:\\\\example.com"),
        [[{"deep": [file("https://example.com")]}]],
        {"path": {"path": "gopher://example.com"}},
    ],
)
async def test_an_address_in_the_place_of_a_file_is_refused(value: Any) -> None:
    assert (await post(event(value))).status_code == 403


async def test_escapes_hide_no_address() -> None:
    body = event(file("http://example.com")).replace(b"http:", b"\\u0068ttp:").replace(b"//", b"\\/\\/")
    assert (await post(body)).status_code == 403


@pytest.mark.parametrize(
    "value",
    [
        "see http://example.com",
        file("/data/uploads/abc/conversation.json"),
        file("C:\\data\\conversation.json"),
        {**file("/data/a.json"), "url": "http://127.0.0.1:7860/gradio_api/file=/data/a.json"},
        None,
    ],
)
async def test_everything_else_comes_through_as_it_was(value: Any) -> None:
    body = event(value)
    answer = await post(body)
    assert (answer.status_code, answer.content) == (200, body)


@pytest.mark.parametrize("body", [b"", b"no json", b"[" * 100_000, b"\xff\xfe"])
async def test_what_is_no_json_is_left_to_gradio(body: bytes) -> None:
    assert (await post(body)).content == body


@pytest.mark.parametrize(("path", "limit"), [(JOIN, MAX_EVENT_BYTES), ("/operator/users", MAX_BODY_BYTES)])
async def test_each_kind_has_its_size(path: str, limit: int) -> None:
    assert (await post(b" " * limit, path)).status_code == 200
    assert (await post(b" " * (limit + 1), path)).status_code == 413


async def test_what_does_not_say_its_size_is_counted() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * (MAX_BODY_BYTES // 10)

    transport = httpx.ASGITransport(BodyGuard(echo))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        assert (await client.post("/sign-in", content=pieces())).status_code == 413


async def test_uploads_have_their_own_guard() -> None:
    assert (await post(b" " * (MAX_EVENT_BYTES + 1), "/gradio_api/upload")).status_code == 200
