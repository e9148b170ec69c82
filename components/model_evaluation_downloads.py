"""What evaluations gave as files to take away, each only to its owner; and a file to fill with questions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chains.evaluation.files import outcomes_csv, sample_csv, scores_csv
from chains.evaluation.history import EvaluationResult, result_of
from chains.evaluation.result_json import result_json
from components.language import language_in
from components.services import Services
from errors import RequestError, SessionMissing, TertuliaError

NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
BYTE_ORDER_MARK = "\ufeff"  # spreadsheets take what begins otherwise for their own encoding
FILES: Mapping[str, Callable[[EvaluationResult], str]] = {
    "scores.csv": lambda result: scores_csv(result.rows),
    "outcomes.csv": lambda result: outcomes_csv(result.plan, result.outcomes),
    "results.json": lambda result: result_json(result.plan, result.outcomes),
}


def model_evaluation_routes(services: Services) -> list[Route]:
    """``/evaluations/sample.csv`` and ``/evaluations/{id}/scores.csv|outcomes.csv|results.json``."""
    downloads = _ModelEvaluationDownloads(services)
    return [Route("/evaluations/sample.csv", downloads.sample), Route("/evaluations/{id}/{name}", downloads.file)]


class _ModelEvaluationDownloads:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def sample(self, request: Request) -> Response:
        return _file("questions.csv", sample_csv(_language(request)))

    async def file(self, request: Request) -> Response:
        evaluation_id, name = request.path_params["id"], request.path_params["name"]
        if name not in FILES:
            return PlainTextResponse("", status_code=404, headers=NO_STORE)

        def write() -> str:
            return FILES[name](result_of(self._services.models.evaluating.store, self._owner(request), evaluation_id))

        try:
            return _file(name, await asyncio.to_thread(write))
        except TertuliaError as error:
            sentence = self._services.catalogue.error(_language(request), error)
            code = 404 if isinstance(error, RequestError) else 500
            return PlainTextResponse(sentence, status_code=code, headers=NO_STORE)

    def _owner(self, request: Request) -> str:
        owner = self._services.owners.owner_in(request.cookies)
        if owner is None:
            raise SessionMissing
        return owner


def _file(name: str, text: str) -> Response:
    is_csv = name.endswith(".csv")
    kind = "text/csv" if is_csv else "application/json"
    headers = {**NO_STORE, "content-disposition": f'attachment; filename="tertulia-{name}"'}
    content = ((BYTE_ORDER_MARK if is_csv else "") + text).encode("utf-8", errors="replace")
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)


def _language(request: Request) -> str:
    return language_in(request.cookies, request.headers.get("accept-language", ""))
