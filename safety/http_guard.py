"""The first thing every request meets: who may be called by which name, who may post, and what a page may load."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY_HOST = "*"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

# 'unsafe-eval': Gradio compiles the templates of gr.HTML and draws its plots with it; both stay empty without.
# 'unsafe-inline': Gradio's page carries its configuration in inline scripts and styles.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
    )
)
ANSWER_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:[/\\]|//", re.IGNORECASE)  # two letters at least: C:\\ is a drive


class HttpGuard:
    """Pure ASGI middleware. ``hosts`` are names, ``*.name`` for all below it, or ``*`` for any.

    The names matter even on a loopback address: a web page may point its own name there and so become our origin.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = tuple(host.lower().strip("[]") for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 400 or 403, or pass on and add the headers to the answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message.setdefault("headers", [])).update(ANSWER_HEADERS)
            await send(message)

        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        if not self._is_allowed(_name(headers.get("host", ""))):
            return PlainTextResponse("This page is not served under that name.", 400)
        if scope.get("method", "POST") not in SAFE_METHODS and self._is_foreign(headers):
            return PlainTextResponse("Requests from other sites are refused.", 403)
        if _is_closed(scope["path"]):
            return PlainTextResponse("Not served here.", 403)
        return None

    def _is_allowed(self, name: str) -> bool:
        return any(
            host in (ANY_HOST, name) or (host.startswith("*.") and name.endswith(host[1:])) for host in self._hosts
        )

    def _is_foreign(self, headers: Headers) -> bool:
        """True for a request that a page of another site had a browser send."""
        if headers.get("sec-fetch-site") == "cross-site":
            return True
        origin = headers.get("origin")
        if origin is None:
            return False
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _name(host: str) -> str:
    """The name in a ``Host`` header, without port and brackets; empty for what is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_closed(path: str) -> bool:
    """True for Gradio's ways of fetching an address for a visitor, and of writing a session down for anybody."""
    while path != (path := unquote(path)):  # Gradio may decode what we were sent still encoded
        pass
    for way in ("/file=", "/file/"):
        _, found, target = path.partition(way)
        if found and SCHEME.search(target):
            return True
    return "/proxy=" in path or path.rstrip("/").endswith("/deep_link")
