"""What of Gradio's server the page needs. All the rest is closed: it fetches, writes down or tells what is nobody's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

JOIN = "/gradio_api/queue/join"
DATA = "/gradio_api/queue/data"
CANCEL = "/gradio_api/cancel"
RESET = "/gradio_api/reset"
HEARTBEAT = "/gradio_api/heartbeat/"
UPLOAD = "/gradio_api/upload"
UPLOAD_PROGRESS = "/gradio_api/upload_progress"
STARTED = "/gradio_api/startup-events"  # Gradio asks itself for it when it starts

READ = ("GET", "HEAD")
OPEN = {
    "": READ,
    "/": READ,
    "/config": READ,
    "/theme.css": READ,
    "/favicon.ico": READ,
    "/robots.txt": READ,
    DATA: ("GET",),
    UPLOAD_PROGRESS: ("GET",),
    STARTED: READ,
    JOIN: ("POST",),
    CANCEL: ("POST",),
    RESET: ("POST",),
    UPLOAD: ("POST",),
}
OPEN_FOLDERS = re.compile(rf"/(assets|static)/[^\\]+|{HEARTBEAT}[^/]+")


class PathGuard:
    """Pure ASGI middleware, the last before Gradio: 404 for all but the above and ``own``, the program's own routes."""

    def __init__(self, app: ASGIApp, own: Sequence[BaseRoute]) -> None:
        self._app = app
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer as to what does not exist."""
        if scope["type"] == "lifespan" or self._is_open(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":  # the page uses none
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse("Not Found", 404)(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        path, method = scope["path"], scope["method"]
        if method in OPEN.get(path, ()) or (method in READ and OPEN_FOLDERS.fullmatch(path)):
            return True
        return any(route.matches(scope)[0] is not Match.NONE for route in self._own)
