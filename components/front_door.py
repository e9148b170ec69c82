"""Middleware around the page itself: decides the language, issues the owner cookie, adds the page's own scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.catalogue import LANGUAGES, Catalogue
from components.language import LANGUAGE_COOKIE, language_in
from components.owner import OWNER_COOKIE, SESSION_COOKIE, OwnerCookie
from components.page_assets import FOLDER, SCRIPTS

SECONDS_COOKIES_LAST = 365 * 24 * 3600
SCRIPT_WORDS = {
    "send": "app_send",
    "stop": "app_stop",
    "search": "app_try_search",
    "user": "app_you",
    "bot": "app_model_says",
    "copyMessage": "app_copy_message",
    "copyCode": "app_copy_code",
    "toEnd": "app_to_the_end",
    "chat": "app_chat_label",
    "reset": "app_setting_reset",
    "close": "app_toast_close",
    "warning": "app_toast_warning",
    "error": "app_toast_error",
    "lost": "app_connection_lost",
    "cancel": "app_cancel",
    "editLabel": "app_edit_label",
    "newTitle": "app_new_title",
}


class FrontDoor:
    """Pure ASGI, because Starlette's own base class hides a closed browser from streams.

    Gradio's labels follow ``navigator.language``, so a script before all others pins that to what the server
    decided: labels and server-made sentences then always agree.

    ``on_closed`` is told of an owner whose browser was closed since: the cookie of its session is gone, whereas the
    owner's stays on the disk.
    """

    def __init__(
        self, app: ASGIApp, owners: OwnerCookie, catalogue: Catalogue, on_closed: Callable[[str], object]
    ) -> None:
        self._app = app
        self._owners = owners
        self._catalogue = catalogue
        self._on_closed = on_closed
        self._script = "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but a visit of the page."""
        cookies = _cookies(scope) if scope["type"] == "http" else {}
        owner = self._owners.owner_in(cookies)
        if owner and not self._owners.is_in_session(owner, cookies):
            self._on_closed(owner)
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in ("", "/"):
            await self._app(scope, receive, send)
            return
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        chosen = dict(query).get("lang")
        if chosen in LANGUAGES:
            rest = urlencode([(name, value) for name, value in query if name != "lang"])
            response = RedirectResponse("./" + (f"?{rest}" if rest else ""), status_code=303)
            response.headers.append("set-cookie", _cookie(scope, LANGUAGE_COOKIE, chosen))
            await response(scope, receive, send)
            return
        await self._app(scope, receive, self._sender(scope, send, cookies))

    def _sender(self, scope: Scope, send: Send, cookies: Mapping[str, str]) -> Send:
        language = language_in(cookies, Headers(scope=scope).get("accept-language", ""))
        words = {name: self._catalogue.text(language, key) for name, key in SCRIPT_WORDS.items()}
        given = json.dumps({"language": language, "words": words})
        script = f"<script>window.tertulia={given};\n{self._script}</script>".encode()
        opening: dict[str, Any] = {}
        body = bytearray()

        async def send_whole(message: Message) -> None:
            if message["type"] == "http.response.start":
                opening.update(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            changed = bytes(body).replace(b"<head>", b"<head>" + script, 1)
            changed = changed.replace(b'lang="en"', f'lang="{language}"'.encode(), 1)
            answer_headers = MutableHeaders(raw=opening["headers"])
            answer_headers["content-length"] = str(len(changed))
            answer_headers["cache-control"] = "no-store"
            for cookie in self._new_cookies(scope, cookies):
                answer_headers.append("set-cookie", cookie)
            await send(opening)
            await send({"type": "http.response.body", "body": changed})

        return send_whole

    def _new_cookies(self, scope: Scope, cookies: Mapping[str, str]) -> list[str]:
        given, owners = [], self._owners
        if owners.owner_in(cookies) is None:
            cookies = {OWNER_COOKIE: owners.new_value()}
            given.append(_cookie(scope, OWNER_COOKIE, cookies[OWNER_COOKIE]))
        owner = owners.owner_in(cookies)
        if owner and not owners.is_in_session(owner, cookies):
            given.append(_cookie(scope, SESSION_COOKIE, owners.session_value(owner), is_kept=False))
        return given


def _cookies(scope: Scope) -> Mapping[str, str]:
    return cookie_parser(Headers(scope=scope).get("cookie", ""))  # http.cookies fails at names it finds illegal


def _cookie(scope: Scope, name: str, value: str, *, is_kept: bool = True) -> str:
    """A ``Set-Cookie`` value; one that is not kept ends with the browser.

    A page embedded in another site gets a cookie of its own partition, or it gets none.
    """
    headers = Headers(scope=scope)
    is_https = scope["scheme"] == "https" or headers.get("x-forwarded-proto") == "https"
    if is_https and headers.get("sec-fetch-dest") == "iframe":
        place = "; SameSite=None; Secure; Partitioned"
    else:
        place = "; SameSite=Lax" + ("; Secure" if is_https else "")
    age = f" Max-Age={SECONDS_COOKIES_LAST};" if is_kept else ""
    return f"{name}={value}; Path=/;{age} HttpOnly{place}"
