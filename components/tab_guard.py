"""Keeps each visitor's tabs to themselves: Gradio takes whoever knows a tab's name for that tab."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from components.owner import OwnerCookie
from safety.body_guard import EVENT
from safety.page_paths import CANCEL, DATA, HEARTBEAT, JOIN, UPLOAD, UPLOAD_PROGRESS
from safety.posted import replaying

TAB = "session_hash"
PROGRESS = "upload_id"  # whoever knows it is told the names of the files
CANCELLED = "event_id"
NOBODYS = "none"


class TabGuard:
    """Pure ASGI middleware behind BodyGuard: gives each tab another name, made of its own and of its owner.

    A tab's events, streams and state, and how far its uploads are, are then found by its owner alone; who names
    another's names a new one of their own, and gets the very answer of what does not exist. Nothing is remembered for
    it: the same two make the same name in every process and after every start.

    ``has_event`` tells whether an event of this name belongs to the tab of that: any other cannot be cancelled from it.
    ``on_seen`` is told whose tab asks for something.
    """

    def __init__(
        self,
        app: ASGIApp,
        owners: OwnerCookie,
        has_event: Callable[[str, str], bool],
        on_seen: Callable[[str], object] = lambda owner: None,
    ) -> None:
        self._app = app
        self._owners = owners
        self._has_event = has_event
        self._on_seen = on_seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the other name; 400 for an event that is none."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path in (DATA, UPLOAD, UPLOAD_PROGRESS):
            await self._app(self._with_query(scope), receive, send)
        elif path.startswith(HEARTBEAT):
            await self._app(self._with_path(scope), receive, send)
        elif path in (JOIN, CANCEL) and scope["method"] == "POST":
            event = scope.get(EVENT)
            body = self._with_tab(scope, event) if isinstance(event, dict) else None
            if body is None:
                await PlainTextResponse("That is no event.", 400)(scope, receive, send)
            else:
                await self._app(_of_length(scope, len(body)), replaying(body, receive), send)
        else:
            await self._app(scope, receive, send)

    def _name(self, scope: Scope, tab: str) -> str:
        cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
        owner = self._owners.owner_in(cookies) or ""
        if owner:
            self._on_seen(owner)
        whole = json.dumps([owner, tab])  # no two pairs are written alike
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    def _with_query(self, scope: Scope) -> Scope:
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        named = [(name, self._name(scope, value) if name in (TAB, PROGRESS) else value) for name, value in query]
        return {**scope, "query_string": urlencode(named).encode("ascii")}

    def _with_path(self, scope: Scope) -> Scope:
        tab = unquote(scope["path"].removeprefix(HEARTBEAT))
        path = HEARTBEAT + self._name(scope, tab)
        return {**scope, "path": path, "raw_path": quote(path).encode("ascii")}

    def _with_tab(self, scope: Scope, event: dict[str, Any]) -> bytes | None:
        """The body anew; None when it cannot be an event."""
        tab = event.get(TAB)
        if not isinstance(tab, str) or not tab:
            return None
        changed = {**event, TAB: self._name(scope, tab)}
        if isinstance(cancelled := changed.get(CANCELLED), str) and scope["path"] == CANCEL:
            changed[CANCELLED] = cancelled if self._has_event(changed[TAB], cancelled) else NOBODYS
        try:
            return json.dumps(changed).encode("ascii")
        except (ValueError, RecursionError):
            return None


def _of_length(scope: Scope, length: int) -> Scope:
    headers = MutableHeaders(raw=list(scope["headers"]))
    headers["content-length"] = str(length)
    return {**scope, "headers": headers.raw}
