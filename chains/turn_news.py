"""What is told of a turn once it has ended, for whoever watches: times, counts and kinds, and nothing that was said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from chains.run_record import RunRecord
from storage.records import MessageStatus


class StepKind(StrEnum):
    """What a turn waits for."""

    MODEL = "model"
    RETRIEVAL = "retrieval"
    TOOL = "tool"


@dataclass(frozen=True)
class TurnStep:
    """Times are seconds since the epoch. ``name`` is that of a tool; ``run`` what is known of a call of a model.

    ``error_key`` is "" for one that came to its end.
    """

    kind: StepKind
    began_at: float
    ended_at: float
    name: str = ""
    run: RunRecord | None = None
    error_key: str = ""


@dataclass(frozen=True)
class EndedTurn:
    """``room`` is one of ours; ``steps`` are in the order in which they began."""

    room: str
    began_at: float
    ended_at: float
    status: MessageStatus
    error_key: str = ""
    steps: tuple[TurnStep, ...] = ()

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """The calls of models."""
        return tuple(step.run for step in self.steps if step.run is not None)

    @property
    def first_token_s(self) -> float | None:
        """From the question to the first piece of the answer; None where there was none."""
        firsts = [run.times.first_at for run in self.runs if run.times and run.times.first_at is not None]
        return max(0.0, firsts[-1] - self.began_at) if firsts else None


# Hears of each turn, in any thread, and must not wait.
TurnListener = Callable[[EndedTurn], None]


def unheard(_: EndedTurn) -> None:
    """Where nobody watches."""


def model_step(run: RunRecord, until: float) -> TurnStep | None:
    """The call of a model as a step; one that was left ended at ``until``. None for one that never began."""
    if run.times is None:
        return None
    ended_at = run.times.ended_at if run.times.ended_at is not None else until
    return TurnStep(StepKind.MODEL, run.times.began_at, max(run.times.began_at, ended_at), run=run)
