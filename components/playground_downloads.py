"""What an experiment of the Playground found, as files to take away. Each only to its owner."""

from __future__ import annotations

import asyncio
from typing import get_args
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from components.owned_files import TYPES, OwnedFiles, nothing_there, owned_file
from components.services import Services
from errors import TertuliaError
from playground.permalinks import Panel

NAMES = get_args(Panel)


def playground_routes(services: Services) -> list[Route]:
    """``/playground/{session}/{small tab}.csv|json``: what that tab of the browser shows now."""
    return [Route("/playground/{session}/{name}.{kind}", _PlaygroundDownloads(services).file)]


def export_address(session: str, name: str, kind: str) -> str:
    """Where a file is found from the page."""
    return f"./playground/{quote(session, safe='')}/{name}.{kind}"


class _PlaygroundDownloads(OwnedFiles):
    async def file(self, request: Request) -> Response:
        session, name, kind = (request.path_params[part] for part in ("session", "name", "kind"))
        if name not in NAMES or kind not in TYPES:
            return nothing_there()
        try:
            content = self._services.playground.exports.take(self._owner(request), session, name, kind)
        except TertuliaError as error:
            return self._refused(request, error)
        return await asyncio.to_thread(owned_file, name, kind, content, self._hides(request))
