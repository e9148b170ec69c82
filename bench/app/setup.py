"""One run: how much of everything, the contenders, and what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.app.program import Program, start_app
from bench.app.reader import reader
from bench.contenders.ours import Ours
from bench.figures import Record
from models.default_model import default_model_file
from models.engine.protocol import EngineOptions
from settings import Settings


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    rounds: int = 3
    readers: int = 8
    answer_tokens: int = 192
    page_loads: int = 3  # in each round
    memory_readers: int = 4
    memory_answers: int = 5  # of each of them
    memory_tokens: int = 48
    conversations: int = 1_000
    messages: int = 50  # in each of them
    openings: int = 100
    listings: int = 20

    @classmethod
    def quick(cls) -> Plan:
        """Shows that everything works; its figures say little."""
        return cls(
            rounds=1, answer_tokens=24, page_loads=1, memory_answers=2, memory_tokens=8, conversations=20, openings=10,
            listings=3,
        )  # fmt: skip


@dataclass
class Setup:
    """The application and the bare model stay loaded, and while one is measured the other has nothing to do.

    ``folder`` is ours to fill. ``chosen`` are the settings of both: greedy, so that both write the same.
    """

    plan: Plan
    folder: Path
    settings: Settings
    wanted: frozenset[str]
    record: Record = field(default_factory=Record)
    _open: ExitStack = field(default_factory=ExitStack)

    def wants(self, keys: Iterable[str]) -> bool:
        return not self.wanted.isdisjoint(keys)

    def chosen(self, name: str, **others: Any) -> dict[str, Any]:
        """The settings of a program with its data in the folder ``name``; the model's file is converted once for all.

        ``others`` take the place of these.
        """
        return {
            "data_dir": self.folder / name,
            "cache_dir": self.folder / "cache",
            "temperature": 0.0,
            "max_answer_tokens": self.plan.answer_tokens,
            "max_sequences": max(self.settings.max_sequences, self.plan.readers),
            "threads": self.settings.engine_threads,
            **others,
        }

    @property
    def app_dir(self) -> Path:
        """The data of ``app``."""
        return self.folder / "app"

    @cached_property
    def app(self) -> Program:
        program = start_app(self.folder, self.chosen("app"))
        self._open.callback(program.close)
        asyncio.run(_greet(program.url))
        return program

    @cached_property
    def bare_settings(self) -> Settings:
        """What the bare model is told: exactly what the application is told."""
        return Settings.load(**self.chosen("bare"))

    @cached_property
    def bare(self) -> Ours:
        settings = self.bare_settings
        options = EngineOptions(
            model_path=default_model_file().absolute(),
            conversion_dir=settings.cache_dir / "models",
            context_tokens=settings.context_tokens,
            max_sequences=settings.max_sequences,
            threads=settings.engine_threads,
            batch_tokens=settings.batch_tokens,
            num_gpu_layers=settings.gpu_layers,
            parking_dir=settings.data_dir / "parked" if settings.parked_bytes else None,
            parking_bytes=settings.parked_bytes,
        )
        contender = Ours(options, self.folder / "bare.log")
        self._open.callback(contender.close)
        return contender

    def close(self) -> None:
        self._open.close()


async def _greet(url: str) -> None:
    """So that, as in ``Ours``, what stands before every question has been read once."""
    async with reader(url) as one:
        await one.ask("Hello!")
