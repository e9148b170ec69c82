"""What the page may know about the model without waiting for it."""

from __future__ import annotations

from dataclasses import dataclass
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
