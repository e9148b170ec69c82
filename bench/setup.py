"""One run of the benchmark: how much of everything, who takes part, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.contenders.lock import Lock
from bench.contenders.ours import Ours
from bench.contenders.raw import Raw
from bench.contenders.server import Server
from bench.figures import Record
from models.engine.protocol import EngineOptions


@dataclass(frozen=True)
class Plan:
    """How much of everything; tokens are of answers unless another thing is named."""

    rounds: int = 3
    readers: int = 8
    lesson_turns: int = 4
    lesson_tokens: int = 32
    growth_turns: int = 10
    growth_tokens: int = 32
    write_tokens: int = 96
    gaps_alone: int = 80
    document_tokens: int = 4_000  # of the newcomer's prompt
    form_tokens: int = 96
    leak_requests: int = 2_000
    leak_at_once: int = 12
    restarts: int = 3  # as many as the supervisor allows in a minute

    @classmethod
    def quick(cls) -> Plan:
        """Shows that everything works; its figures say little."""
        return cls(
            rounds=1,
            lesson_tokens=8,
            growth_turns=3,
            growth_tokens=8,
            write_tokens=24,
            gaps_alone=20,
            document_tokens=800,
            form_tokens=24,
            leak_requests=60,
            restarts=1,
        )


@dataclass
class Setup:
    """Contenders are loaded when they are first needed and sleep while others are measured."""

    plan: Plan
    options: EngineOptions
    log: Path
    wanted: frozenset[str]
    server_url: str | None = None
    record: Record = field(default_factory=Record)
    _open: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def ours(self) -> Ours:
        contender = Ours(self.options, self.log)
        self._open.callback(contender.close)
        return contender

    @cached_property
    def lock(self) -> Lock:
        contender = Lock(self.ours.load)
        self._open.callback(contender.close)
        return contender

    @cached_property
    def raw(self) -> Raw:
        contender = Raw(self.ours.load)
        self._open.callback(contender.close)
        return contender

    @cached_property
    def server(self) -> Server:
        assert self.server_url is not None
        return Server(self.server_url)

    def wants(self, keys: Iterable[str]) -> bool:
        return not self.wanted.isdisjoint(keys)

    def close(self) -> None:
        self._open.close()
