"""Reads what is posted to Gradio before Gradio does: it fetches addresses that stand where a file's path belongs."""

from __future__ import annotations

import json
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from safety.http_guard import SCHEME
from safety.page_paths import JOIN, UPLOAD
from safety.posted import TooLarge, read_whole, replaying

MAX_EVENT_BYTES = 8_000_000  # what a page's components hold may be long
MAX_BODY_BYTES = 1_000_000  # of everything else: forms, and what programs ask
EVENT = "tertulia.event"  # in the scope: the JSON that was posted, for whoever comes after


class BodyGuard:
    """Pure ASGI middleware: 413 for too large a body, 403 for one with an address in the place of a file's path.

    Gradio replaces each ``{"path": ..., "meta": {"_type": "gradio.FileData"}}`` of an event by a file of its cache, and
    downloads it first when the path is an address: whoever may post an event could have this machine call others.
    Uploads pass: they have a guard of their own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass the request on with its body as it came."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD") or scope["path"] == UPLOAD:
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(scope, receive)
        except TooLarge:
            await PlainTextResponse("Too much at once.", 413)(scope, receive, send)
            return
        event = _json(body)
        if _names_address(event):
            await PlainTextResponse("Addresses are not fetched here.", 403)(scope, receive, send)
        else:
            await self._app({**scope, EVENT: event}, replaying(body, receive), send)


async def _read(scope: Scope, receive: Receive) -> bytes:
    """Raises TooLarge, before anything is read where the sender says how much it is."""
    most = MAX_EVENT_BYTES if scope["path"] == JOIN else MAX_BODY_BYTES
    told = Headers(scope=scope).get("content-length", "")
    if told.isdecimal() and int(told[:20]) > most:
        raise TooLarge
    return await read_whole(receive, most)


def _json(body: bytes) -> Any:
    """None for what is no JSON: Gradio refuses that itself."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _names_address(event: Any) -> bool:
    """True when a file's path in this JSON is an address."""
    values: list[Any] = [event]
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
