"""Middleware around the page itself: decides the language, issues the owner cookie, adds the page's own scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.catalogue import LANGUAGES, Catalogue
from components.cookies import cookies_in, set_cookie
from components.entrance import Entrance
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
    "account": "app_account_link",
    "sign-in": "app_sign_in_title",
}


class FrontDoor:
    """Pure ASGI, because Starlette's own base class hides a closed browser from streams.

    Gradio's labels follow ``navigator.language``, so a script before all others pins that to what the server
    decided: labels and server-made sentences then always agree.

    ``on_closed`` is told of an owner whose browser was closed since: the cookie of its session is gone, whereas the
    owner's stays on the disk.
    """

    def __init__(
        self,
        app: ASGIApp,
        owners: OwnerCookie,
        catalogue: Catalogue,
        on_closed: Callable[[str], object],
        entrance: Entrance,
    ) -> None:
        self._app = app
        self._owners = owners
        self._catalogue = catalogue
        self._on_closed = on_closed
        self._entrance = entrance
        self._script = "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but a visit of the page, or of one beside it in another language."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cookies = cookies_in(scope)
        owner = self._owners.owner_in(cookies)
        if owner and not self._owners.is_in_session(owner, cookies):
            self._on_closed(owner)
        page = scope["path"].removeprefix("/")
        if scope["method"] != "GET" or "/" in page:
            await self._app(scope, receive, send)
        elif (chosen := _chosen_language(scope, page)) is not None:
            await chosen(scope, receive, send)
        else:
            await self._app(scope, receive, send if page else self._sender(scope, send, cookies))

    def _sender(self, scope: Scope, send: Send, cookies: Mapping[str, str]) -> Send:
        language = language_in(cookies, Headers(scope=scope).get("accept-language", ""))
        words = {name: self._catalogue.text(language, key) for name, key in SCRIPT_WORDS.items()}
        given = json.dumps({"language": language, "words": words, "account": self._entrance.way_to_account(cookies)})
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
            given.append(set_cookie(scope, OWNER_COOKIE, cookies[OWNER_COOKIE], SECONDS_COOKIES_LAST))
        owner = owners.owner_in(cookies)
        if owner and not owners.is_in_session(owner, cookies):
            given.append(set_cookie(scope, SESSION_COOKIE, owners.session_value(owner), None))
        return given


def _chosen_language(scope: Scope, page: str) -> Response | None:
    """Leads to ``page`` again, in the language that its address chooses."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    chosen = dict(query).get("lang")
    if chosen not in LANGUAGES:
        return None
    rest = urlencode([(name, value) for name, value in query if name != "lang"])
    response = RedirectResponse(f"./{page}" + (f"?{rest}" if rest else ""), status_code=303)
    response.headers.append("set-cookie", set_cookie(scope, LANGUAGE_COOKIE, chosen, SECONDS_COOKIES_LAST))
    return response
