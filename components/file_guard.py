"""Keeps each visitor's uploads to themselves: Gradio takes whoever names a file's path for who sent the file."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.owner import OwnerCookie
from components.proofs import SEAL_CHARACTERS
from safety.body_guard import EVENT
from safety.page_paths import JOIN, UPLOAD

FILE = "file"
NOBODYS = "nobodys"  # lies nowhere where Gradio would look


class FileGuard:
    """Pure ASGI middleware between BodyGuard and TabGuard: a path that is told begins with a seal made for its owner.

    Where an event names a file, its path is taken for one only if the seal is that of who sends the event; else it is
    the path of a file that does not exist. So are the paths of all other files of this machine. Nothing is remembered
    for it.
    """

    def __init__(self, app: ASGIApp, owners: OwnerCookie) -> None:
        self._app = app
        self._owners = owners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with sealed paths told, and unsealed ones asked for."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path == UPLOAD and scope["method"] == "POST":
            await self._app(scope, receive, self._sealing(self._owner(scope), send))
        elif path == JOIN and isinstance(event := scope.get(EVENT), dict):
            owner = self._owner(scope)
            data = _with_paths(event.get("data"), lambda told: self._unsealed(owner, told))
            await self._app({**scope, EVENT: {**event, "data": data}}, receive, send)
        else:
            await self._app(scope, receive, send)

    def _owner(self, scope: Scope) -> str:
        return self._owners.owner_in(cookie_parser(Headers(scope=scope).get("cookie", ""))) or ""

    def _seal(self, owner: str, path: str) -> str:
        return self._owners.proofs.seal(FILE, path, owner)

    def _unsealed(self, owner: str, told: str) -> str:
        seal, path = told[:SEAL_CHARACTERS], told[SEAL_CHARACTERS:]
        is_ours = hmac.compare_digest(seal.encode(errors="replace"), self._seal(owner, path).encode())
        return path if owner and is_ours else NOBODYS

    def _sealing(self, owner: str, send: Send) -> Send:
        opening: Message = {}
        body = bytearray()

        async def send_sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                opening.update(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            told = bytes(body)
            if opening["status"] == 200:
                paths = [self._seal(owner, path) + path for path in json.loads(told)]
                told = json.dumps(paths).encode("ascii")
            MutableHeaders(raw=opening["headers"])["content-length"] = str(len(told))
            await send(opening)
            await send({"type": "http.response.body", "body": told})

        return send_sealed


def _with_paths(value: Any, unsealed: Callable[[str], str]) -> Any:
    """``value`` with each file's path as ``unsealed`` says; as deep as what was read from JSON may be."""
    whole: list[Any] = [value]
    left: list[tuple[Any, Any]] = [(whole, 0)]
    while left:
        holder, place = left.pop()
        inner = holder[place]
        if isinstance(inner, dict):
            inner = holder[place] = dict(inner)
            if isinstance(path := inner.get("path"), str):
                inner["path"] = unsealed(path)
            left += [(inner, name) for name in inner if name != "path"]
        elif isinstance(inner, list):
            inner = holder[place] = list(inner)
            left += [(inner, number) for number in range(len(inner))]
    return whole[0]
