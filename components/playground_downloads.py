"""What an experiment of the Playground found, as files to take away. Each only to its owner."""

from __future__ import annotations

from typing import get_args
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.language import language_in
from components.services import Services
from errors import SessionMissing, TertuliaError
from playground.permalinks import Panel

TYPES = {"csv": "text/csv", "json": "application/json"}
NAMES = get_args(Panel)
NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
BYTE_ORDER_MARK = "\ufeff".encode()  # spreadsheets take what begins otherwise for their own encoding


def playground_routes(services: Services) -> list[Route]:
    """``/playground/{session}/{small tab}.csv|json``: what that tab of the browser shows now."""
    return [Route("/playground/{session}/{name}.{kind}", _PlaygroundDownloads(services).file)]


def export_address(session: str, name: str, kind: str) -> str:
    """Where a file is found from the page."""
    return f"./playground/{quote(session, safe='')}/{name}.{kind}"


class _PlaygroundDownloads:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def file(self, request: Request) -> Response:
        session, name, kind = (request.path_params[part] for part in ("session", "name", "kind"))
        if name not in NAMES or kind not in TYPES:
            return PlainTextResponse("", status_code=404, headers=NO_STORE)
        try:
            content = self._services.playground.exports.take(self._owner(request), session, name, kind)
        except TertuliaError as error:
            language = language_in(request.cookies, request.headers.get("accept-language", ""))
            sentence = self._services.catalogue.error(language, error)
            return PlainTextResponse(sentence, status_code=404, headers=NO_STORE)
        headers = {**NO_STORE, "content-disposition": f'attachment; filename="tertulia-{name}.{kind}"'}
        mark = BYTE_ORDER_MARK if kind == "csv" else b""
        return Response(mark + content, media_type=f"{TYPES[kind]}; charset=utf-8", headers=headers)

    def _owner(self, request: Request) -> str:
        owner = self._services.owners.owner_in(request.cookies)
        if owner is None:
            raise SessionMissing
        return owner
