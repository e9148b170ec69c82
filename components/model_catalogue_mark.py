"""Tells the page cheaply whether anything of the Catalogue tab has changed: it asks every other second."""

from __future__ import annotations

from zlib import crc32

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from components.models_room import FilesRoom
from components.services import Services


def model_catalogue_mark(room: FilesRoom) -> str:
    """Another one whenever a download moves, or a model comes, goes, or is loaded."""
    loaded = [(model.name, model.status.state) for model in room.local.loaded()]
    rest = repr((room.local.names(), loaded, room.machine.bandwidth))
    return f"{room.downloads.version}-{crc32(rest.encode(errors='replace')):08x}"


def model_catalogue_routes(services: Services) -> list[Route]:
    """Where the mark is asked for. It tells nothing but that."""

    def mark(_: Request) -> JSONResponse:
        return JSONResponse(
            {"mark": model_catalogue_mark(services.models.files)}, headers={"cache-control": "no-store"}
        )

    return [Route("/models/mark", mark)]
