"""Whoever watches the program: monitors, traces, and the operator who looks at plots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chains.turn_news import EndedTurn, TurnListener
from components.metrics import Metrics, Sources
from components.watch_history import History


def _is_well() -> None:
    """Where there is no database to ask."""


def _nothing() -> None:
    """Where there is nothing to end."""


@dataclass(frozen=True)
class Watching:
    """``check_database`` blocks, and raises StorageError where it does not answer.

    ``token`` opens the figures to a monitor elsewhere. ``listeners`` hear of each turn, too, and ``close`` ends them.
    """

    sources: Sources = field(default_factory=Sources)
    check_database: Callable[[], None] = _is_well
    token: str = ""
    listeners: Sequence[TurnListener] = ()
    close: Callable[[], None] = _nothing
    metrics: Metrics = field(init=False)
    history: History = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", Metrics(self.sources))
        object.__setattr__(self, "history", History(self.sources))

    def turn_ended(self, turn: EndedTurn) -> None:
        """Tell all of them."""
        for listener in (self.metrics.turn_ended, self.history.turn_ended, *self.listeners):
            listener(turn)
