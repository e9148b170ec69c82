"""What the last evaluation of each collection gave, until the program ends: it can be run again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from rag.evaluation import EvaluationRow
from storage.document_records import Collection

MOST_KEPT = 64


class CollectionSource(Protocol):
    """What is used of the CollectionStore."""

    def get(self, owner: str, collection_id: str) -> Collection: ...


class EvaluationResults:
    """Any thread may call. What is another's is CollectionNotFound."""

    def __init__(self, collections: CollectionSource) -> None:
        self._collections = collections
        self._kept: OrderedDict[str, tuple[EvaluationRow, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, owner: str, collection_id: str, rows: Sequence[EvaluationRow]) -> None:
        """In the place of those before."""
        self._collections.get(owner, collection_id)
        with self._lock:
            self._kept[collection_id] = tuple(rows)
            self._kept.move_to_end(collection_id)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def of(self, owner: str, collection_id: str) -> tuple[EvaluationRow, ...]:
        """None where nothing was evaluated."""
        self._collections.get(owner, collection_id)
        with self._lock:
            return self._kept.get(collection_id, ())
