"""What one turn of the agent may do, and for how long. Cheap to import, unlike the loop itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agents.gate import Gate
from agents.source_book import SourceBook
from agents.turns import Permission


@dataclass(frozen=True)
class Guard:
    """``book`` numbers what the calls of the turn find, ``gate`` and ``permission`` decide which of them are made."""

    book: SourceBook
    gate: Gate
    permission: Permission


@dataclass(frozen=True)
class TurnLimits:
    """Waiting for a person does not count as time. The pause before a retry is ``retry_s``, and then twice as long."""

    max_calls: int = 6
    max_seconds: float = 60.0
    max_retries: int = 2
    retry_s: float = 0.5


class TurnClock:
    """The time of one turn, from ``start`` on."""

    def __init__(self, max_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._max_seconds = max_seconds
        self._began = now()

    def start(self) -> None:
        self._began = self._now()

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return self._now() - self._began

    @property
    def seconds_left(self) -> float:
        return self._max_seconds - self.seconds

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """What is done meanwhile takes no time."""
        stopped_at = self._now()
        try:
            yield
        finally:
            self._began += self._now() - stopped_at
