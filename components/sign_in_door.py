"""Middleware that keeps the whole program closed to whoever did not show what the entrance asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from components.catalogue import Catalogue
from components.cookies import cookies_in
from components.entrance import Entrance
from components.language import language_in
from errors import SignInNeeded

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
# Gradio asks itself for the last one when it starts.
OPEN_PATHS = {"/healthz", "/readyz", "/metrics", SIGN_IN, SIGN_OUT, "/favicon.ico", "/gradio_api/startup-events"}
OPEN_FILES = re.compile(r"/sign-in/hf(/back)?|/static/fonts/[\w-]+/[\w-]+\.woff2")
LONGEST_WAY = 2_000
UNSAFE_WAY = re.compile(r"[\x00-\x20\\\x7f]")


def is_never(_: Scope) -> bool:
    """For a page that nothing but a person comes to."""
    return False


class SignInDoor:
    """Pure ASGI. Every path is closed that is not listed above, whoever serves it.

    ``has_key`` tells of a request that brings a key of its own, as a program's may, and needs no cookie.
    """

    def __init__(
        self, app: ASGIApp, entrance: Entrance, catalogue: Catalogue, has_key: Callable[[Scope], bool] = is_never
    ) -> None:
        self._app = app
        self._entrance = entrance
        self._catalogue = catalogue
        self._has_key = has_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, lead to the page where one signs in, or answer 401 to what is no visit of a page."""
        if scope["type"] not in ("http", "websocket") or self._is_open(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._refusal(scope)(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        if scope["type"] == "http" and (scope["path"] in OPEN_PATHS or OPEN_FILES.fullmatch(scope["path"])):
            return True
        host = Headers(scope=scope).get("host", "")
        return self._entrance.closed_gate(host, cookies_in(scope)) is None or self._has_key(scope)

    def _refusal(self, scope: Scope) -> Response:
        if is_visit(scope):
            return RedirectResponse(way_to_sign_in(scope), status_code=303, headers={"cache-control": "no-store"})
        language = language_in(cookies_in(scope), Headers(scope=scope).get("accept-language", ""))
        told = {"detail": self._catalogue.error(language, SignInNeeded())}
        return JSONResponse(told, status_code=401, headers={"cache-control": "no-store"})


def is_visit(scope: Scope) -> bool:
    """Whether a browser is to show the answer as a page."""
    headers = Headers(scope=scope)
    is_page = headers.get("sec-fetch-mode") == "navigate" or "text/html" in headers.get("accept", "")
    return scope["method"] in ("GET", "HEAD") and is_page and not scope["path"].startswith("/gradio_api/")


def way_to_sign_in(scope: Scope) -> str:
    """Relative, as a proxy may serve us below a path; it remembers where one was going."""
    path, query = scope["path"] or "/", scope["query_string"].decode("latin-1")
    up = "../" * (path.count("/") - 1) or "./"
    way = safe_way(quote(path) + (f"?{query}" if query else ""))
    return f"{up}sign-in" + (f"?{urlencode({'next': way})}" if way != "/" else "")


def safe_way(given: str) -> str:
    """``given`` if it leads to a page of ours, else "/", the rooms. Whoever leads there puts a dot before it."""
    is_ours = given.startswith("/") and not given.startswith("//") and not UNSAFE_WAY.search(given)
    leads_back = given.startswith((SIGN_IN, SIGN_OUT))
    return given if is_ours and not leads_back and len(given) <= LONGEST_WAY else "/"
