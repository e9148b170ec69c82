"""Reads what is posted to Gradio before Gradio does: it fetches addresses that stand where a file's path belongs."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from safety.http_guard import SCHEME

MAX_BODY_BYTES = 8_000_000  # of one event; uploads go their own way, with a limit of their own
UPLOAD = "/upload"


class BodyGuard:
    """Pure ASGI middleware: 413 for too large a body, 403 for one with an address in the place of a file's path.

    Gradio replaces each ``{"path": ..., "meta": {"_type": "gradio.FileData"}}`` of an event by a file of its cache, and
    downloads it first when the path is an address: whoever may post an event could have this machine call others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass the request on with its body as it came."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"].endswith(UPLOAD):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            await PlainTextResponse("Too much at once.", 413)(scope, receive, send)
        elif _names_address(body):
            await PlainTextResponse("Addresses are not fetched here.", 403)(scope, receive, send)
        else:
            await self._app(scope, _replaying(body, receive), send)


async def _read(receive: Receive) -> bytes | None:
    """The whole body, None when it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Gives ``body`` once, then whatever comes, such as that the browser went away."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _names_address(body: bytes) -> bool:
    """True when a file's path in this JSON is an address; what is no JSON, Gradio refuses itself."""
    try:
        values: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        return False
    while values:
        value = values.pop()
        if isinstance(value, dict):
            path = value.get("path")
            if isinstance(path, str) and SCHEME.search(path):
                return True
            values += value.values()
        elif isinstance(value, list):
            values += value
    return False
