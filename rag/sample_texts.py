"""Short texts to begin with, for who has no document at hand. Written for Tertulia, under its licence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """``name`` is what its document is called, ``file`` where it lies beside this module."""

    name: str
    file: str

    @property
    def path(self) -> Path:
        return Path(__file__).parent / "samples" / self.file


SAMPLES = {
    "n_grams": Sample("Modelos de n-gramas.md", "n_grams_es.md"),
    "agents": Sample("Language agents.md", "agents_en.md"),
    "retrieval": Sample("Generación aumentada por recuperación.md", "retrieval_es.md"),
}
