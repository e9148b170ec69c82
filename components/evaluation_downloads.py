"""Questions, and what evaluations gave, as CSV to take away. Each only to the owner of the collection."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from components.owned_files import OwnedFiles, nothing_there, owned_file
from components.services import Services
from errors import TertuliaError
from rag.evaluation_files import outcomes_csv, results_csv, triples_csv

KINDS = ("questions", "results", "outcomes")


def evaluation_routes(services: Services) -> list[Route]:
    """``/collections/{id}/questions.csv|results.csv|outcomes.csv``."""
    return [Route("/collections/{id}/{kind}.csv", _EvaluationDownloads(services).table)]


class _EvaluationDownloads(OwnedFiles):
    async def table(self, request: Request) -> Response:
        kind, collection_id = request.path_params["kind"], request.path_params["id"]
        if kind not in KINDS:
            return nothing_there()
        try:
            text = await asyncio.to_thread(self._written, self._owner(request), collection_id, kind)
        except TertuliaError as error:
            return self._refused(request, error)
        content = text.encode(errors="replace")
        return await asyncio.to_thread(owned_file, kind, "csv", content, self._hides(request))

    def _written(self, owner: str, collection_id: str, kind: str) -> str:
        measuring = self._services.documents.measuring
        if kind == "questions":
            return triples_csv(measuring.triples.listed(owner, collection_id))
        rows = measuring.results.of(owner, collection_id)
        return results_csv(rows) if kind == "results" else outcomes_csv(rows)
