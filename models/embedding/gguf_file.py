"""Embedders in GGUF files. Only for a process of its own: llama.cpp's parser and kernels may crash."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from errors import EmbedderUnavailable, ModelFileBroken, ModelFileMissing
from models.embedding.unit_vectors import unit_rows
from models.engine.llama_embedding import MAX_TEXTS, LlamaEmbedding
from models.engine.runner import ModelRefused
from models.gguf import check_gguf
from storage.document_records import Vector


class GgufEmbedder:
    """No prefixes: a file does not tell which ones its model was trained with."""

    max_batch = MAX_TEXTS
    prefixes = ("", "")

    def __init__(self, path: str, threads: int) -> None:
        """Raises EmbedderUnavailable."""
        self.name = f"gguf:{path}"
        try:
            check_gguf(Path(path))
            self._model = LlamaEmbedding(Path(path), threads)
        except (ModelFileMissing, ModelFileBroken, ModelRefused) as error:
            raise EmbedderUnavailable(name=self.name) from error
        self.dimension = self._model.dimension
        self._lock = threading.Lock()

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        with self._lock:
            return unit_rows(self._model.embed(texts))

    def embed_question(self, text: str) -> Vector:
        vector: Vector = self.embed_passages([text])[0]
        return vector
