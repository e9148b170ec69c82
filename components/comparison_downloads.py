"""Comparisons, votes and the leaderboard as files to take away. Each only to its owner."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chains.exports.comparison_tables import (
    Row,
    comparison_rows,
    leaderboard_rows,
    preference_rows,
    to_csv,
    to_json,
    vote_rows,
)
from chains.leaderboard import leaderboard
from components.language import language_in
from components.services import Services
from errors import ComparisonGone, RequestError, SessionMissing, TertuliaError

TYPES = {"csv": "text/csv", "json": "application/json"}
NAMES = ("leaderboard", "votes", "preferences")
NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
BYTE_ORDER_MARK = "\ufeff".encode()  # spreadsheets take what begins otherwise for their own encoding


def comparison_routes(services: Services) -> list[Route]:
    """``/comparing/answers/{id}.csv|json`` and ``/comparing/leaderboard|votes|preferences.csv|json``."""
    downloads = _ComparisonDownloads(services)
    return [
        Route("/comparing/answers/{id}.{kind}", downloads.answers),
        Route("/comparing/{name}.{kind}", downloads.votes),
    ]


class _ComparisonDownloads:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._room = services.models.comparing

    async def answers(self, request: Request) -> Response:
        """Of one comparison; of a blind one after its vote only, for they name who wrote what."""
        try:
            comparison = self._room.shelf.get(self._owner(request), request.path_params["id"])
            if not self._room.shelf.is_open(comparison):
                raise ComparisonGone
        except TertuliaError as error:
            return self._refused(request, error)
        return _file("comparison", request, comparison_rows(comparison.question.text, comparison.answers))

    async def votes(self, request: Request) -> Response:
        """All that the owner voted, or what it comes to; ``?blind=1`` counts blind votes alone."""
        name = request.path_params["name"]
        if name not in NAMES:
            return PlainTextResponse("", status_code=404, headers=NO_STORE)
        try:
            is_blind_only = request.query_params.get("blind") == "1"
            rows = await asyncio.to_thread(self._rows, name, self._owner(request), is_blind_only=is_blind_only)
        except TertuliaError as error:
            return self._refused(request, error)
        return _file(name, request, rows)

    def _rows(self, name: str, owner: str, *, is_blind_only: bool) -> tuple[Row, ...]:
        votes = tuple(vote for vote in self._room.votes.listed(owner) if vote.is_blind or not is_blind_only)
        if name == "votes":
            return vote_rows(votes)
        return preference_rows(votes) if name == "preferences" else leaderboard_rows(leaderboard(votes))

    def _owner(self, request: Request) -> str:
        owner = self._services.owners.owner_in(request.cookies)
        if owner is None:
            raise SessionMissing
        return owner

    def _refused(self, request: Request, error: TertuliaError) -> Response:
        language = language_in(request.cookies, request.headers.get("accept-language", ""))
        code = 404 if isinstance(error, RequestError) else 500
        return PlainTextResponse(self._services.catalogue.error(language, error), status_code=code, headers=NO_STORE)


def _file(name: str, request: Request, rows: tuple[Row, ...]) -> Response:
    kind = request.path_params["kind"]
    if kind not in TYPES:
        return PlainTextResponse("", status_code=404, headers=NO_STORE)
    text = to_csv(rows) if kind == "csv" else to_json(rows)
    content = (BYTE_ORDER_MARK if kind == "csv" else b"") + text.encode(errors="replace")
    headers = {**NO_STORE, "content-disposition": f'attachment; filename="tertulia-{name}.{kind}"'}
    return Response(content, media_type=f"{TYPES[kind]}; charset=utf-8", headers=headers)
