"""What evaluations gave as files to take away, each only to its owner; and a file to fill with questions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chains.evaluation.files import outcomes_csv, sample_csv, scores_csv
from chains.evaluation.history import EvaluationResult, result_of
from chains.evaluation.result_json import result_json
from chains.exports.without_personal import Hide
from components.owned_files import OwnedFiles, nothing_there, owned_file
from components.services import Services
from errors import TertuliaError

FILES: Mapping[str, Callable[[EvaluationResult], str]] = {
    "scores.csv": lambda result: scores_csv(result.rows),
    "outcomes.csv": lambda result: outcomes_csv(result.plan, result.outcomes),
    "results.json": lambda result: result_json(result.plan, result.outcomes),
}


def model_evaluation_routes(services: Services) -> list[Route]:
    """``/evaluations/sample.csv`` and ``/evaluations/{id}/scores.csv|outcomes.csv|results.json``."""
    downloads = _ModelEvaluationDownloads(services)
    return [Route("/evaluations/sample.csv", downloads.sample), Route("/evaluations/{id}/{name}", downloads.file)]


class _ModelEvaluationDownloads(OwnedFiles):
    async def sample(self, request: Request) -> Response:
        return _file("questions.csv", sample_csv(self._language(request)))

    async def file(self, request: Request) -> Response:
        evaluation_id, name = request.path_params["id"], request.path_params["name"]
        if name not in FILES:
            return nothing_there()

        def write() -> str:
            return FILES[name](result_of(self._services.models.evaluating.store, self._owner(request), evaluation_id))

        try:
            return await asyncio.to_thread(lambda: _file(name, write(), self._hides(request)))
        except TertuliaError as error:
            return self._refused(request, error)


def _file(name: str, text: str, hide: Hide | None = None) -> Response:
    stem, _, kind = name.rpartition(".")
    return owned_file(stem, kind, text.encode(errors="replace"), hide)
