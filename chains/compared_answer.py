"""One of several answers to one question: who writes it, how far it has come, how fast, and for how much."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chains.list_prices import Cost, Prices
from chains.options import SamplingChoice
from chains.recorder import QueuePlace
from chains.room_model import RoomModel
from chains.run_record import RunRecord, figures_of
from errors import TertuliaError
from models.local_models import Loading
from storage.votes import VotedAnswer


@dataclass(frozen=True)
class Contender:
    """A model with one way of drawing tokens."""

    model: RoomModel
    sampling: SamplingChoice = field(default_factory=SamplingChoice)

    @property
    def label(self) -> str:
        """The model's name, and what was chosen for it. Votes count for it: a seed is luck, and no part of it."""
        chosen = {name: value for name, value in self.sampling.chosen().items() if name != "seed"}
        settings = ", ".join(f"{name} {value}" for name, value in sorted(chosen.items()))
        return f"{self.model.name} ({settings})" if settings else self.model.name


@dataclass(frozen=True)
class BlindAnswer:
    """What may be shown of an answer before the vote: figures, and the words of an error, tell who wrote it."""

    text: str
    has_failed: bool
    is_done: bool


@dataclass(frozen=True)
class ComparedAnswer:
    """An answer as it stands. One that failed has an ``error``, and the ``text`` that came before it.

    ``loading`` tells how far its model is on the way into memory, None once it is there. ``place`` is the one in the
    model's queue while nothing came. ``first_token_s`` is by one clock for all of them, the wait in a queue or on a
    network included, that for a model to be loaded not. ``tokens_per_second`` is measured while the answer grows, and
    the model's own at its end. ``run`` is there once it ended or was stopped, ``cost`` where that is known of a whole
    answer. ``is_done`` is False for one that was stopped.
    """

    contender: Contender
    text: str = ""
    loading: Loading | None = None
    place: QueuePlace | None = None
    first_token_s: float | None = None
    num_output: int | None = None
    tokens_per_second: float | None = None
    run: RunRecord | None = None
    cost: Cost | None = None
    error: TertuliaError | None = None
    is_done: bool = False

    @property
    def is_whole(self) -> bool:
        """It can be voted on."""
        return self.is_done and self.error is None and bool(self.text.strip())

    @property
    def blind(self) -> BlindAnswer:
        return BlindAnswer(self.text, self.error is not None, self.is_done)

    @property
    def voted(self) -> VotedAnswer:
        """What is kept of it with a vote."""
        known = {"first_token_s": self.first_token_s, "cost_usd": self.cost.usd if self.cost else None}
        figures = {name: value for name, value in known.items() if value is not None}
        return VotedAnswer(self.contender.label, self.text, (figures_of(self.run) if self.run else {}) | figures)


@dataclass(frozen=True)
class Meter:
    """Measures the answers of a comparison."""

    clock: Callable[[], float]
    prices: Prices | None = None

    def started(self) -> Stopwatch:
        return Stopwatch(self.clock)

    def closing(self, run: RunRecord) -> dict[str, Any]:
        """What the run of an answer tells at its end; its speed stays the measured one where the model told none.

        Its tokens, which are most of it, are not kept: comparisons lie in memory for a while.
        """
        told = {"num_output": run.num_output, "tokens_per_second": run.tokens_per_second}
        known = {name: value for name, value in told.items() if value is not None}
        summed_up = run.model_copy(update={"prompt": (), "answer": ()})
        return {"run": summed_up} | known

    async def cost(self, run: RunRecord) -> Cost | None:
        """What a whole answer cost. Of one that was cut off, its service told no counts: they would be estimates."""
        return await asyncio.to_thread(self.prices.cost, run) if self.prices else None


class Stopwatch:
    """Started when a question is sent."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun_at = clock()
        self._first_at: float | None = None

    def read(self, num_tokens: int) -> dict[str, Any]:
        """Figures of an answer that has come to ``num_tokens`` tokens, 0 when nobody counts them."""
        now = self._clock()
        if self._first_at is None:
            self._first_at = now
        figures: dict[str, Any] = {"first_token_s": self._first_at - self._begun_at}
        if num_tokens:
            figures["num_output"] = num_tokens
        if num_tokens > 1 and now > self._first_at:
            figures["tokens_per_second"] = (num_tokens - 1) / (now - self._first_at)
        return figures
