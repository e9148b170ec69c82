"""One run: how much of everything, the contenders, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.app.program import Program, start_app
from bench.contenders.ours import Ours
from bench.contenders.raw import Raw
from bench.figures import Record
from models.engine.protocol import EngineOptions
from models.next_token import NextTokenReader
from playground.experiments import Playground
from playground.views import ModelFacts


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    rounds: int = 3
    moves: int = 60  # of sliders, in each round
    round_trips: int = 20
    steps: int = 48
    looks: int = 12
    look_tokens: int = 1_000  # of the prompt
    samples: int = 8
    sample_tokens: int = 64

    @classmethod
    def quick(cls) -> Plan:
        """Shows that everything works; its figures say little."""
        return cls(rounds=1, moves=6, round_trips=4, steps=8, looks=3, sample_tokens=16)


@dataclass
class Setup:
    """Contenders are loaded when they are first needed. ``folder`` is ours to fill; both share ``cache_dir``."""

    plan: Plan
    options: EngineOptions
    folder: Path
    cache_dir: Path
    wanted: frozenset[str]
    record: Record = field(default_factory=Record)
    _open: ExitStack = field(default_factory=ExitStack)

    def wants(self, keys: Iterable[str]) -> bool:
        return not self.wanted.isdisjoint(keys)

    def close(self) -> None:
        self._open.close()

    @cached_property
    def app(self) -> Program:
        """The whole application, for the browser."""
        chosen = {"data_dir": self.folder / "data", "cache_dir": self.cache_dir}
        return self._open.enter_context(start_app(self.folder, chosen))

    @cached_property
    def ours(self) -> Ours:
        contender = Ours(self.options, self.folder / "engine.log")
        self._open.callback(contender.close)
        return contender

    @cached_property
    def raw(self) -> Raw:
        contender = Raw(self.ours.load)
        self._open.callback(contender.close)
        return contender

    @cached_property
    def reader(self) -> NextTokenReader:
        """The Playground's own; the vocabulary, which it asks for once, is read with the first row."""
        return NextTokenReader(self.ours.supervisor)

    def playground(self) -> Playground:
        """One that has kept no rows: what it is spared, the engine's cache spares it."""
        card = self.ours.card
        return Playground(self.reader, lambda: ModelFacts("bench", card.context_tokens))
