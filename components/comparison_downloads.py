"""Comparisons, votes and the leaderboard as files to take away. Each only to its owner."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
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
from chains.exports.without_personal import Hide
from chains.leaderboard import leaderboard
from components.owned_files import TYPES, OwnedFiles, nothing_there, owned_file
from components.services import Services
from errors import ComparisonGone, TertuliaError

NAMES = ("leaderboard", "votes", "preferences")


def comparison_routes(services: Services) -> list[Route]:
    """``/comparing/answers/{id}.csv|json`` and ``/comparing/leaderboard|votes|preferences.csv|json``."""
    downloads = _ComparisonDownloads(services)
    return [
        Route("/comparing/answers/{id}.{kind}", downloads.answers),
        Route("/comparing/{name}.{kind}", downloads.votes),
    ]


class _ComparisonDownloads(OwnedFiles):
    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._room = services.models.comparing

    async def answers(self, request: Request) -> Response:
        """Of one comparison; of a blind one after its vote only, for they name who wrote what."""
        try:
            comparison = self._room.shelf.get(self._owner(request), request.path_params["id"])
            if not self._room.shelf.is_open(comparison):
                raise ComparisonGone
        except TertuliaError as error:
            return self._refused(request, error)
        rows = comparison_rows(comparison.question.text, comparison.answers)
        return await asyncio.to_thread(_file, "comparison", request, rows, self._hides(request))

    async def votes(self, request: Request) -> Response:
        """All that the owner voted, or what it comes to; ``?blind=1`` counts blind votes alone."""
        name = request.path_params["name"]
        if name not in NAMES:
            return nothing_there()
        try:
            is_blind_only = request.query_params.get("blind") == "1"
            rows = await asyncio.to_thread(self._rows, name, self._owner(request), is_blind_only=is_blind_only)
        except TertuliaError as error:
            return self._refused(request, error)
        return await asyncio.to_thread(_file, name, request, rows, self._hides(request))

    def _rows(self, name: str, owner: str, *, is_blind_only: bool) -> tuple[Row, ...]:
        votes = tuple(vote for vote in self._room.votes.listed(owner) if vote.is_blind or not is_blind_only)
        if name == "votes":
            return vote_rows(votes)
        return preference_rows(votes) if name == "preferences" else leaderboard_rows(leaderboard(votes))


def _file(name: str, request: Request, rows: tuple[Row, ...], hide: Hide | None) -> Response:
    kind = request.path_params["kind"]
    if kind not in TYPES:
        return nothing_there()
    text = to_csv(rows) if kind == "csv" else to_json(rows)
    return owned_file(name, kind, text.encode(errors="replace"), hide)
