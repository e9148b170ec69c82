"""An embedder that embeds no text twice: the same paragraphs are in a dozen collections, asked the same questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.embedding.embedder import Embedder
from storage.document_records import Vector


class RememberingEmbedder:
    """What ``embedder`` gives. For one thread, and never for what measures time."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.max_batch = embedder.max_batch
        self.prefixes = embedder.prefixes
        self._embedder = embedder
        self._passages: dict[str, Vector] = {}
        self._questions: dict[str, Vector] = {}

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        new = [text for text in dict.fromkeys(texts) if text not in self._passages]
        for start in range(0, len(new), self.max_batch):
            block = new[start : start + self.max_batch]
            self._passages.update(zip(block, self._embedder.embed_passages(block), strict=True))
        return np.stack([self._passages[text] for text in texts])

    def embed_question(self, text: str) -> Vector:
        if text not in self._questions:
            self._questions[text] = self._embedder.embed_question(text)
        return self._questions[text]
