"""Tells those who wait their place in the queue and about how long it will take."""

from __future__ import annotations

from collections.abc import Iterable

from models.engine.protocol import Queued
from models.engine.sequence import Sequence

WEIGHT_OF_NEWEST = 0.2


class QueueReport:
    """``num_slots`` requests run at a time; one takes as long as the last ones took on average."""

    def __init__(self, num_slots: int) -> None:
        self._num_slots = num_slots
        self._request_s: float | None = None
        self._told: dict[str, int] = {}

    def ended(self, seconds: float) -> None:
        """A request left, ``seconds`` after it came."""
        old = self._request_s
        self._request_s = seconds if old is None else old + WEIGHT_OF_NEWEST * (seconds - old)

    def news(self, waiting: Iterable[Sequence]) -> list[Queued]:
        """An event for everyone whose place is not the one last told."""
        places = {sequence.request_id: place for place, sequence in enumerate(waiting, start=1)}
        news = [
            Queued(id=request_id, place=place, seconds=self._seconds(place))
            for request_id, place in places.items()
            if self._told.get(request_id) != place
        ]
        self._told = places
        return news

    def _seconds(self, place: int) -> float | None:
        return None if self._request_s is None else place * self._request_s / self._num_slots
