"""Embedders that tests have made in a process of its own: quick ones, and ones that misbehave."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from errors import EmbedderUnavailable
from storage.document_records import Vector


class CountingEmbedder:
    """A vector says how many letters, words and texts it was handed, and whether it was a question."""

    name = "counting"
    dimension = 4
    max_batch = 3
    prefixes = ("", "?")

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        rows = [[len(text), len(text.split()), len(texts), 0] for text in texts]
        return np.array(rows, np.float32).reshape(-1, self.dimension)

    def embed_question(self, text: str) -> Vector:
        return np.array([len(text), len(text.split()), 1, 1], np.float32)


class DyingEmbedder(CountingEmbedder):
    """Dies over its first batch, unless another has died so before and left ``mark``."""

    def __init__(self, mark: str) -> None:
        self._mark = Path(mark)

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        if self._mark.name != "always" and self._mark.exists():
            return super().embed_passages(texts)
        self._mark.touch()
        print("half a line that no answer begins with", flush=True)  # noqa: T201 (goes to stderr)
        os._exit(7)


class StuckEmbedder(CountingEmbedder):
    def embed_passages(self, texts: Sequence[str]) -> Vector:
        threading.Event().wait()
        raise AssertionError


class TellingEmbedder(CountingEmbedder):
    """Tells how nice its process is, and how many threads its arithmetic may have."""

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        return np.array([[os.nice(0), int(os.environ["OMP_NUM_THREADS"])]], np.float32)


def away() -> CountingEmbedder:
    raise EmbedderUnavailable(name="away")
