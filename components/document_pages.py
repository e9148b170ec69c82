"""What the page fetches of a document by itself: pictures of pages, and the file as it came. Each only to its owner."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from components.owned_files import NO_STORE, OwnedFiles
from components.services import Services
from components.source_view import HAS_PICTURES
from errors import DocumentNotFound, TertuliaError
from safety.sandbox import SandboxFailed

MAX_DRAWN_AT_ONCE = 2  # each is a process of its own, with a whole core and much memory
LEAST_WIDTH, MOST_WIDTH = 100, 2_000
SECONDS_BETWEEN_LOOKS = 0.2
LONGEST_NUMBER = 9


def document_routes(services: Services) -> list[Route]:
    """``/documents/{id}/pages/{number}.png`` and ``/documents/{id}/file``."""
    pages = _DocumentPages(services)
    return [
        Route("/documents/{id}/pages/{number}.png", pages.picture),
        Route("/documents/{id}/file", pages.file),
    ]


class _DocumentPages(OwnedFiles):
    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._room = services.documents.reading
        self._library = services.documents.library
        self._turns = asyncio.Semaphore(MAX_DRAWN_AT_ONCE)

    async def picture(self, request: Request) -> Response:
        """One page, with ``start`` to ``end`` of its text marked, ``width`` pixels wide."""
        number = _number(request.path_params["number"])
        start, end = _number(request.query_params.get("start")), _number(request.query_params.get("end"))
        width = max(LEAST_WIDTH, min(_number(request.query_params.get("width")) or LEAST_WIDTH, MOST_WIDTH))

        def find() -> Path:
            owner, document_id = self._owner(request), request.path_params["id"]
            document = self._room.documents.get(owner, document_id)
            if document.kind not in HAS_PICTURES or not 1 <= number <= document.num_pages:
                raise DocumentNotFound
            return self._library.file(owner, document_id)

        async def answer() -> Response:
            path = await asyncio.to_thread(find)
            spans = [(start, end)] if end > start else []
            drawn = await self._drawn(request, path, number, spans, width)
            return Response(drawn, media_type="image/png", headers=NO_STORE)

        return await self._said(request, answer)

    async def file(self, request: Request) -> Response:
        """The file itself, to be kept and never shown by the browser."""

        def find() -> tuple[str, Path]:
            owner, document_id = self._owner(request), request.path_params["id"]
            document = self._room.documents.get(owner, document_id)
            return document.name, self._library.file(owner, document_id)

        async def answer() -> Response:
            name, path = await asyncio.to_thread(find)
            if not path.is_file():
                raise DocumentNotFound
            disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
            headers = {**NO_STORE, "content-disposition": disposition, "content-security-policy": "sandbox"}
            return FileResponse(path, media_type="application/octet-stream", headers=headers)

        return await self._said(request, answer)

    async def _drawn(
        self, request: Request, path: Path, number: int, spans: Sequence[tuple[int, int]], width: int
    ) -> bytes:
        """Drawn in the sandbox; whoever goes away meanwhile takes the job along."""
        cancelled = threading.Event()
        async with self._turns:
            drawing = asyncio.create_task(
                asyncio.to_thread(self._room.draw_page, path, number, spans, width, cancelled)
            )
            try:
                while not (await asyncio.wait([drawing], timeout=SECONDS_BETWEEN_LOOKS))[0]:
                    if await request.is_disconnected():
                        cancelled.set()
                return await drawing
            finally:
                cancelled.set()

    async def _said(self, request: Request, answer: Callable[[], Awaitable[Response]]) -> Response:
        try:
            return await answer()
        except SandboxFailed:
            return PlainTextResponse("", status_code=500, headers=NO_STORE)
        except TertuliaError as error:
            return self._refused(request, error)


def _number(given: str | None) -> int:
    """0 for what is no number that a page could have."""
    return int(given) if given and given.isascii() and given.isdecimal() and len(given) <= LONGEST_NUMBER else 0
