"""One run: how many readers, the application, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.app.program import Program, start_app
from bench.figures import Record
from settings import Settings


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    rounds: int = 3
    readers: int = 50
    sequences: int = 8
    answer_tokens: int = 96

    @classmethod
    def quick(cls) -> Plan:
        """Shows that everything works; its figures say little."""
        return cls(rounds=1, readers=4, answer_tokens=16)


@dataclass
class Setup:
    """The application stays up between rounds; each round has readers who were never there before."""

    plan: Plan
    folder: Path
    settings: Settings
    record: Record = field(default_factory=Record)
    _open: ExitStack = field(default_factory=ExitStack)

    def wants(self, keys: Iterable[str]) -> bool:
        """There is one measure, and it is wanted."""
        return bool(keys)

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @cached_property
    def app(self) -> Program:
        chosen = {
            "data_dir": self.data_dir,
            "cache_dir": self.folder / "cache",
            "temperature": 0.0,
            "max_answer_tokens": self.plan.answer_tokens,
            "max_sequences": self.plan.sequences,
            "threads": self.settings.engine_threads,
        }
        program = start_app(self.folder, chosen)
        self._open.callback(program.close)
        return program

    def close(self) -> None:
        self._open.close()
