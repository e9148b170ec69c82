"""The first thing every request meets: who may be called by which name, who may post, and what a page may load."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY_HOST = "*"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

SPACES = ("https://huggingface.co", "https://*.hf.space")  # pages that show a Space in a frame of theirs
MAX_HEADER_BYTES = 32_000  # of all headers and the address together
MAX_ADDRESS_BYTES = 8_000

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
    )
)
ANSWER_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:[/\\]|//", re.IGNORECASE)  # two letters at least: C:\\ is a drive


@dataclass(frozen=True)
class Names:
    """What the page may be called by: names, ``*.name`` for all below it, or ``*`` for any.

    The names matter even on a loopback address: a web page may point its own name there and so become our origin.
    Nobody can point an address anywhere, so where the network reaches us, ``any_address`` lets them all in: a
    container's platform asks for it by one that is not known before.
    """

    hosts: tuple[str, ...] = LOOPBACK_HOSTS
    any_address: bool = False

    def hold(self, host: str) -> bool:
        """Whether this ``Host`` header names us."""
        name = _name(host)
        if self.any_address and _is_address(name):
            return True
        return any(
            each in (ANY_HOST, name) or (each.startswith("*.") and name.endswith(each[1:]))
            for each in (host.lower().strip("[]") for host in self.hosts)
        )


class HttpGuard:
    """Pure ASGI middleware. ``framed_by`` are the sites that may show the page in a frame, besides itself.

    ``also`` tells of a name that the page is called by for a while.
    """

    def __init__(
        self,
        app: ASGIApp,
        names: Names,
        framed_by: Sequence[str] = (),
        also: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self._app = app
        self._names = names
        self._also = also
        ancestors = " ".join(("'self'", *framed_by))
        self._headers = {
            "content-security-policy": f"{CONTENT_SECURITY_POLICY}; frame-ancestors {ancestors}",
            **ANSWER_HEADERS,
            **({} if framed_by else {"x-frame-options": "SAMEORIGIN"}),  # it can name no other site
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 400 or 403, or pass on and add the headers to the answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message.setdefault("headers", [])).update(self._headers)
            await send(message)

        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send_with_headers)

    def _is_ours(self, host: str) -> bool:
        return self._names.hold(host) or self._also(_name(host))

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        address = len(scope.get("raw_path") or b"") + len(scope.get("query_string", b""))
        if address > MAX_ADDRESS_BYTES:
            return PlainTextResponse("That address is too long.", 414)
        if address + sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
            return PlainTextResponse("Those headers are too large.", 431)
        if len(headers.getlist("host")) > 1 or not self._is_ours(headers.get("host", "")):
            return PlainTextResponse("This page is not served under that name.", 400)
        if scope.get("method", "POST") not in SAFE_METHODS and is_foreign(headers):
            return PlainTextResponse("Requests from other sites are refused.", 403)
        if _is_closed(scope["path"]):
            return PlainTextResponse("Not served here.", 403)
        return None


def is_foreign(headers: Headers) -> bool:
    """True for a request that a page of another site had a browser send.

    Browsers call the origin of our own plain forms "null", because our pages tell nobody where they are. Then only
    ``Sec-Fetch-Site`` says that they are ours, and no page can write that.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site == "cross-site":
        return True
    if origin is None:
        return False
    if origin == "null":
        return site != "same-origin"
    try:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    except ValueError:
        return True


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


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
