"""Embedders behind a service, through LangChain's own integrations."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from langchain_core.embeddings import Embeddings

from errors import EmbedderUnavailable
from models.embedding.unit_vectors import unit_rows
from safety.surrogates import without_surrogates
from storage.document_records import Vector

PAUSES_S = (1.0, 4.0)  # before the second attempt, and the third
TOO_MANY_REQUESTS = 429
SERVER_FAULTS = 500
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)  # what LangChain raises over odd answers


@dataclass(frozen=True)
class Faults:
    """What a service's library raises, and ``status`` of one of these: an HTTP status, None when nothing answered."""

    kind: type[Exception]
    status: Callable[[Exception], int | None]

    def may_pass(self, error: Exception) -> bool:
        status = self.status(error)
        return status is not None and (status == TOO_MANY_REQUESTS or status >= SERVER_FAULTS)


class RemoteEmbedder:
    """No prefixes of ours: what a service needs to tell questions from passages, its integration sends."""

    prefixes = ("", "")

    def __init__(self, name: str, service: Embeddings, max_batch: int, faults: Faults) -> None:
        self.name = name
        self.max_batch = max_batch
        self._service = service
        self._faults = faults
        self.wait: Callable[[float], None] = time.sleep
        self._lock = threading.Lock()
        self._dimension = 0

    @property
    def dimension(self) -> int:
        """Asks the service the first time: models may be set to give shorter vectors."""
        with self._lock:
            if not self._dimension:
                self._dimension = len(self.embed_question(self.name))
            return self._dimension

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Blank texts are not sent, services refuse them: their vectors are zeros."""
        written = [row for row, text in enumerate(texts) if text.strip()]
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(written), self.max_batch):
            rows = written[start : start + self.max_batch]
            batch = [without_surrogates(texts[row]) for row in rows]
            found = self._ask(partial(self._service.embed_documents, batch))
            if found.shape != (len(rows), self.dimension):
                raise EmbedderUnavailable(name=self.name)
            vectors[rows] = found
        return vectors

    def embed_question(self, text: str) -> Vector:
        if not text.strip():
            return np.zeros(self.dimension, np.float32)
        question = without_surrogates(text)
        vector: Vector = self._ask(lambda: [self._service.embed_query(question)])[0]
        return vector

    def _ask(self, call: Callable[[], list[list[float]]]) -> Vector:
        """Another time only where another time may help: too many requests, or a fault of the server."""
        for pause in (*PAUSES_S, None):
            try:
                return unit_rows(np.array(call(), np.float64))
            except self._faults.kind as error:
                if pause is None or not self._faults.may_pass(error):
                    raise EmbedderUnavailable(name=self.name) from error
                self.wait(pause)
            except MALFORMED as error:
                raise EmbedderUnavailable(name=self.name) from error
        raise AssertionError("the last attempt raises")
