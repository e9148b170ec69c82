"""Questions, and what evaluations gave, as CSV to take away. Each only to the owner of the collection."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.language import language_in
from components.services import Services
from errors import RequestError, SessionMissing, TertuliaError
from rag.evaluation_files import outcomes_csv, results_csv, triples_csv

KINDS = ("questions", "results", "outcomes")
NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
BYTE_ORDER_MARK = "\ufeff"  # spreadsheets take what begins otherwise for their own encoding


def evaluation_routes(services: Services) -> list[Route]:
    """``/collections/{id}/questions.csv|results.csv|outcomes.csv``."""
    return [Route("/collections/{id}/{kind}.csv", _EvaluationDownloads(services).table)]


class _EvaluationDownloads:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def table(self, request: Request) -> Response:
        kind, collection_id = request.path_params["kind"], request.path_params["id"]
        if kind not in KINDS:
            return PlainTextResponse("", status_code=404)
        try:
            text = await asyncio.to_thread(self._written, self._owner(request), collection_id, kind)
        except TertuliaError as error:
            language = language_in(request.cookies, request.headers.get("accept-language", ""))
            sentence = self._services.catalogue.error(language, error)
            code = 404 if isinstance(error, RequestError) else 500
            return PlainTextResponse(sentence, status_code=code, headers=NO_STORE)
        headers = {**NO_STORE, "content-disposition": f'attachment; filename="tertulia-{kind}.csv"'}
        content = (BYTE_ORDER_MARK + text).encode("utf-8", errors="replace")
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)

    def _written(self, owner: str, collection_id: str, kind: str) -> str:
        measuring = self._services.documents.measuring
        if kind == "questions":
            return triples_csv(measuring.triples.listed(owner, collection_id))
        rows = measuring.results.of(owner, collection_id)
        return results_csv(rows) if kind == "results" else outcomes_csv(rows)

    def _owner(self, request: Request) -> str:
        owner = self._services.owners.owner_in(request.cookies)
        if owner is None:
            raise SessionMissing
        return owner
