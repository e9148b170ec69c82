"""One run: how much of everything, the engine with each file, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.contenders.ours import Ours
from bench.figures import Record
from bench.models.formats import file_in_format
from models.engine.protocol import EngineOptions


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    rounds: int = 3
    context_tokens: int = 2_048  # of the models whose needs were estimated: their whole cache is filled
    write_tokens: int = 96
    bandwidth_s: float = 2.0
    compare_tokens: int = 96  # of each answer
    downloaded: str = "f16"  # the default model in this format

    @classmethod
    def quick(cls) -> Plan:
        """Shows that everything works; its figures say little."""
        return cls(rounds=1, context_tokens=512, write_tokens=24, bandwidth_s=0.5, compare_tokens=24, downloaded="q8_0")


@dataclass
class Setup:
    """``folder`` is ours to fill; ``options`` are those of the program."""

    plan: Plan
    options: EngineOptions
    folder: Path
    wanted: frozenset[str]
    record: Record = field(default_factory=Record)
    _open: ExitStack = field(default_factory=ExitStack)

    def wants(self, keys: Iterable[str]) -> bool:
        return not self.wanted.isdisjoint(keys)

    def close(self) -> None:
        self._open.close()

    @cached_property
    def ours(self) -> Ours:
        """The engine as the program starts it."""
        contender = Ours(self.options, self.folder / "engine.log")
        self._open.callback(contender.close)
        return contender

    def file(self, name: str) -> Path:
        """The default model in the format ``name``."""
        return file_in_format(self.options.model_path, self.folder, name, self.options.threads)

    @contextmanager
    def engine_with(self, name: str) -> Iterator[tuple[Path, Ours]]:
        """The default model in the format ``name``, alone, as the file is."""
        path = self.file(name)
        options = replace_model(self.options, path, self.plan.context_tokens)
        contender = Ours(options, self.folder / f"{name}.log")
        try:
            yield path, contender
        finally:
            contender.close()


def replace_model(options: EngineOptions, path: Path, context_tokens: int) -> EngineOptions:
    """With plain kernels: others keep a second copy of the weights, whose first one the system may then take back."""
    changed = {"model_path": path, "conversion_dir": None, "context_tokens": context_tokens, "plain_kernels": True}
    return options.model_copy(update=changed)
