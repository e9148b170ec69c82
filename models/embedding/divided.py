"""Questions here, at once; passages in a process of its own, behind everything else."""

from __future__ import annotations

from collections.abc import Sequence

from models.embedding.embedder import Embedder
from storage.document_records import Vector


class DividedEmbedder:
    """One model in two places: ``questions`` in this process, ``passages`` in another."""

    def __init__(self, questions: Embedder, passages: Embedder) -> None:
        self.name = questions.name
        self.dimension = questions.dimension
        self.max_batch = questions.max_batch
        self.prefixes = questions.prefixes
        self._questions = questions
        self._passages = passages

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        return self._passages.embed_passages(texts)

    def embed_question(self, text: str) -> Vector:
        return self._questions.embed_question(text)
