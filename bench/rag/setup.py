"""One run: how much of everything, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.figures import Record
from bench.rag.figures import SIZES
from bench.rag.questions import DATA, Paragraphs, paragraphs
from bench.rag.remembering import RememberingEmbedder
from models.embedding.e5_small import E5Small
from models.embedding.embedder import Embedder
from models.embedding.use_multilingual import UseMultilingual


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    rounds: int = 3
    paragraphs: int = 1_000  # the first ones of each language, at most
    every: int = 1  # of so many of their questions, one is asked
    sizes: tuple[int, ...] = SIZES
    queries: int = 100
    pages: int = 300
    characters: int = 300_000  # of the text that is indexed to compare with the bare encoder
    answers: int = 150  # to be cited, of each way to make them

    @classmethod
    def quick(cls) -> Plan:
        """Shows that everything works; its figures say little."""
        return cls(
            rounds=1, paragraphs=12, every=8, sizes=(1_000, 3_000), queries=10, pages=10, characters=20_000, answers=5
        )  # fmt: skip


@dataclass
class Setup:
    """``folder`` is ours to fill."""

    plan: Plan
    folder: Path
    wanted: frozenset[str]
    data: Path = DATA
    record: Record = field(default_factory=Record)

    def wants(self, keys: Iterable[str]) -> bool:
        return not self.wanted.isdisjoint(keys)

    @cached_property
    def texts(self) -> dict[str, Paragraphs]:
        """Raises NothingToMeasure where the data is not."""
        most = self.plan.paragraphs
        return {language: paragraphs(language, self.data).first(most) for language in ("es", "en")}

    @cached_property
    def embedder(self) -> Embedder:
        return RememberingEmbedder(UseMultilingual())

    @cached_property
    def precise(self) -> Embedder:
        return RememberingEmbedder(E5Small())

    def new_folder(self, name: str) -> Path:
        """An empty one."""
        path = self.folder / f"{name}-{len(list(self.folder.iterdir()))}"
        path.mkdir()
        return path
