"""What the page may know about the model without waiting for it."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import StrEnum


class ModelState(StrEnum):
    """Where the model's process stands."""

    STARTING = "starting"
    READY = "ready"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class ModelStatus:
    """``name`` for people; ``tokens_per_second`` of the last answer, None before the first.

    The rest is what the model's process last said of itself: its memory, how long its last step took, how many requests
    it works on and how many wait.
    """

    name: str
    state: ModelState
    tokens_per_second: float | None = None
    resident_bytes: int | None = None
    step_s: float | None = None
    num_running: int = 0
    num_waiting: int = 0


@dataclass(frozen=True)
class EngineTotals:
    """What models of this machine have done since the program began, in tokens; ``num_prompt`` includes ``num_cached``.

    ``num_restarts`` counts processes that took the place of one that died.
    """

    num_requests: int = 0
    num_prompt: int = 0
    num_cached: int = 0
    num_output: int = 0
    num_restarts: int = 0

    def __add__(self, other: EngineTotals) -> EngineTotals:
        return EngineTotals(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))
