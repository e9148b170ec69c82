"""One model of a fleet as whoever asks it sees it: always there, whether its process runs now or not."""

from __future__ import annotations

import secrets
from typing import Protocol

from models.engine.engine_requests import EngineRequests, Request, Sink
from models.fleet_book import Member


class Fleet(Protocol):
    """What carries the requests."""

    def send(self, member: Member, request: Request, sink: Sink) -> None:
        """Pass ``request``, which has its id, to the model, now or once it is loaded."""

    def cancel(self, member: Member, request_id: str) -> None:
        """Stop a request, wherever it is; one that ended is ignored."""


class FleetEngine(EngineRequests):
    """Requests for a model that is not in memory wait until it is."""

    def __init__(self, fleet: Fleet, member: Member) -> None:
        self._fleet = fleet
        self._member = member

    def cancel(self, request_id: str) -> None:
        self._fleet.cancel(self._member, request_id)

    def _send(self, request: Request, sink: Sink) -> str:
        request = request.model_copy(update={"id": secrets.token_hex(8)})
        self._fleet.send(self._member, request, sink)
        return request.id
