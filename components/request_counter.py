"""Middleware that counts requests by the kind of their path and how they were answered."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.metrics import OTHER, Metrics

# The first one that a path begins with; no path itself is counted, for some hold names of things.
ROUTES = (
    ("/gradio_api/upload", "upload"),
    ("/gradio_api/", "events"),
    ("/assets/", "files"),
    ("/static/", "files"),
    ("/vendor/", "files"),
    ("/theme.css", "files"),
    ("/favicon.ico", "files"),
    ("/sign-", "sign-in"),
    ("/account", "sign-in"),
    ("/operator", "operator"),
    ("/api/", "api"),
    ("/healthz", "watching"),
    ("/readyz", "watching"),
    ("/metrics", "watching"),
    ("/collections/", "downloads"),
    ("/comparing/", "downloads"),
    ("/conversations/", "downloads"),
    ("/documents/", "downloads"),
    ("/evaluations/", "downloads"),
    ("/playground/", "downloads"),
    ("/templates.yaml", "downloads"),
)
PAGES = {"", "/", "/config"}


class RequestCounter:
    """Pure ASGI, the outermost: what the guards refuse counts, too."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count when the answer begins: a stream may last for an hour."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = route_class(scope["path"])

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.request(route, message["status"])
            await send(message)

        await self._app(scope, receive, counted)


def route_class(path: str) -> str:
    """What kind of request goes there."""
    if path in PAGES:
        return "page"
    return next((kind for beginning, kind in ROUTES if path.startswith(beginning)), OTHER)
