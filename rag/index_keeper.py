"""Keeps a vector index in step with what SQL holds, behind the searches, and builds it anew when it is damaged.

Collections that are small are not in it: going through all their vectors is as fast, and exact.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.upkeep import Upkeep
from storage.document_records import PassageVectors, Vector
from storage.passage_ids import PassageListing

Ids = NDArray[np.int64]

SMALL = 2_000  # passages with vectors, up to which a collection is not indexed
MOST_UNCOVERED = 2_000  # passages that are not in the index yet and are compared one by one
MOST_REMOVED = 0.2  # of the index: what is removed stays in its files until it is built anew
NUM_PROBES = 8
PROBE_COSINE = 0.99
MOST_FAILURES = 3  # then the index is left alone: files until the next start, a server for a while
SERVER_PAUSE_SECONDS = 30.0

logger = logging.getLogger(__name__)


class IndexTorn(Exception):
    """The index failed or is not what was put into it."""


class VectorIndex(Protocol):
    """What ChromaIndex does; ``stamp`` stands for what made the vectors."""

    def writing(self) -> AbstractContextManager[None]: ...
    def ids(self, collection_id: str, stamp: str) -> Ids: ...
    def nearest(
        self, collection_id: str, stamp: str, vector: Vector, num: int, document_ids: Sequence[str] = ()
    ) -> tuple[Ids, Vector]: ...
    def add(
        self, collection_id: str, stamp: str, ids: Sequence[int], vectors: Vector, document_ids: Sequence[str]
    ) -> None: ...
    def remove(self, collection_id: str, stamp: str, ids: Sequence[int]) -> None: ...
    def drop(self, collection_id: str, *, but_stamp: str | None = None) -> None: ...
    def drop_others(self, collection_ids: Iterable[str]) -> None: ...
    def close(self) -> None: ...
    def set_aside(self) -> None: ...


class PassageVectorStore(Protocol):
    """What is used of the PassageStore."""

    def vectors(self, owner: str, ids: Sequence[int]) -> Mapping[int, PassageVectors]: ...
    def all_vectors(self, owner: str, collection_id: str) -> Iterator[tuple[list[int], Vector]]: ...


class IndexState(StrEnum):
    """What the vector index of a collection is doing."""

    NONE = "none"  # the collection is small, or nobody has asked yet
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class IndexStatus:
    """``share`` of what is to be put into the index is in it."""

    state: IndexState
    share: float = 0.0


@dataclass(frozen=True)
class _Covered:
    """``ids``, ascending, were in the index at one revision of the collection."""

    ids: Ids
    revision: int
    stamp: str


class IndexKeeper:
    """One index for all collections, in ``folder``. ``open_index`` may take seconds and raise IndexTorn.

    With ``pause_s`` it is on a server instead, which is asked again so long after it failed.
    """

    def __init__(
        self,
        folder: Path,
        open_index: Callable[[Path], VectorIndex],
        vectors: PassageVectorStore,
        upkeep: Upkeep,
        small: int = SMALL,
        pause_s: float | None = None,
    ) -> None:
        self.small = small
        self._pause_s = pause_s
        self._failed_at = 0.0
        self._folder = folder
        self._open_index = open_index
        self._vectors = vectors
        self._upkeep = upkeep
        self._lock = threading.Lock()
        self._index: VectorIndex | None = None
        self._num_failures = 0
        self._covered: dict[str, _Covered] = {}
        self._shares: dict[str, float] = {}

    def status(self, collection_id: str) -> IndexStatus:
        if self._is_left_alone():
            return IndexStatus(IndexState.FAILED)
        if collection_id in self._shares:
            return IndexStatus(IndexState.BUILDING, self._shares[collection_id])
        return IndexStatus(IndexState.READY, 1.0) if collection_id in self._covered else IndexStatus(IndexState.NONE)

    def nearest(
        self, owner: str, listing: PassageListing, vector: Vector, num: int, document_ids: Sequence[str]
    ) -> Ids | None:
        """Ids of about ``num`` passages among which the nearest are, and of all that are not in the index yet.

        Some may be gone meanwhile. None while there is no index to ask: it is then being made.
        """
        covered = self._covered.get(listing.collection_id)
        stamp = stamp_text(listing)
        is_current = covered is not None and covered.stamp == stamp
        if not is_current or covered is None or covered.revision != listing.revision:
            self._ask_to_update(owner, listing)
        index = self._index
        if index is None or covered is None or not is_current:
            return None
        is_whole = covered.revision == listing.revision  # comparing all ids would take longer than asking the index
        uncovered = np.setdiff1d(listing.ids[listing.is_ready], covered.ids) if not is_whole else covered.ids[:0]
        if len(uncovered) > MOST_UNCOVERED:
            return None
        try:
            found, _ = index.nearest(listing.collection_id, stamp, vector, num, document_ids)
        except IndexTorn:
            self._fail(index)
            self._ask_to_update(owner, listing)
            return None
        return np.concatenate([found, uncovered])

    def refresh(self, owner: str, listing: PassageListing) -> None:
        """Have the index brought in step, behind this call."""
        if np.count_nonzero(listing.is_ready) > self.small:
            self._ask_to_update(owner, listing)
        else:
            self.forget(listing.collection_id)

    def forget(self, collection_id: str) -> None:
        """Have what is kept of the collection deleted, behind this call."""
        self._covered.pop(collection_id, None)
        if self._is_there():
            self._upkeep.ask(f"forget {collection_id}", lambda: self._drop(lambda index: index.drop(collection_id)))

    def only(self, collection_ids: Iterable[str]) -> None:
        """Have what is kept of all other collections, which are gone, deleted behind this call."""
        known = frozenset(collection_ids)
        if self._is_there():
            self._upkeep.ask("forget others", lambda: self._drop(lambda index: index.drop_others(known)))

    def close(self) -> None:
        with self._lock:
            if self._index is not None:
                self._index.close()
            self._index = None
            self._covered.clear()

    def _ask_to_update(self, owner: str, listing: PassageListing) -> None:
        key = f"vectors of {listing.collection_id} at {listing.revision}"
        self._upkeep.ask(key, lambda: self._update(owner, listing))

    def _update(self, owner: str, listing: PassageListing) -> None:
        covered = self._covered.get(listing.collection_id)
        stamp = stamp_text(listing)
        if covered is not None and covered.revision == listing.revision and covered.stamp == stamp:
            return
        index = self._opened()
        if index is None:
            return
        try:
            if self._put_in_step(index, owner, listing):
                self._covered[listing.collection_id] = _Covered(listing.ids[listing.is_ready], listing.revision, stamp)
        except (IndexTorn, OSError):
            self._fail(index)
            self._ask_to_update(owner, listing)
        finally:
            self._shares.pop(listing.collection_id, None)

    def _put_in_step(self, index: VectorIndex, owner: str, listing: PassageListing) -> bool:
        """False when the program ends before it is."""
        collection_id, stamp = listing.collection_id, stamp_text(listing)
        ready = listing.ids[listing.is_ready]
        held = index.ids(collection_id, stamp)
        gone, missing = np.setdiff1d(held, ready), np.setdiff1d(ready, held)
        if len(gone) or len(missing):
            with index.writing():
                if len(gone) > MOST_REMOVED * len(held):
                    self._covered.pop(collection_id, None)
                    index.drop(collection_id)
                    missing = ready
                else:
                    index.drop(collection_id, but_stamp=stamp)
                    index.remove(collection_id, stamp, gone.tolist())
                for ids, vectors in self._blocks(owner, listing, missing):
                    places = listing.document_places[np.searchsorted(listing.ids, ids)]
                    index.add(collection_id, stamp, ids, vectors, [listing.documents[one].id for one in places])
                    self._shares[collection_id] = self._shares.get(collection_id, 0.0) + len(ids) / len(missing)
                    if self._upkeep.is_closing.is_set():
                        return False
        self._probe(index, owner, listing)
        return True

    def _blocks(self, owner: str, listing: PassageListing, missing: Ids) -> Iterator[tuple[list[int], Vector]]:
        self._shares[listing.collection_id] = 0.0
        for ids, vectors in self._vectors.all_vectors(owner, listing.collection_id):
            is_missing = np.isin(ids, missing, assume_unique=True)
            if is_missing.any():
                yield np.array(ids, np.int64)[is_missing].tolist(), vectors[is_missing]

    def _probe(self, index: VectorIndex, owner: str, listing: PassageListing) -> None:
        """Each of some passages must find itself, or its like. Raises IndexTorn."""
        ready = listing.ids[listing.is_ready]
        probes = ready[np.linspace(0, len(ready) - 1, NUM_PROBES).astype(int)] if len(ready) else ready
        for vectors in self._vectors.vectors(owner, probes.tolist()).values():
            if not vectors.whole.any():  # an empty one is like nothing
                continue
            _, cosines = index.nearest(listing.collection_id, stamp_text(listing), vectors.whole, 1)
            if not len(cosines) or cosines[0] < PROBE_COSINE:
                raise IndexTorn

    def _count_failure(self) -> None:
        self._num_failures += 1
        self._failed_at = time.monotonic()

    def _is_left_alone(self) -> bool:
        """A server that was away may be back after ``pause_s``: then it is asked once more."""
        if self._num_failures < MOST_FAILURES:
            return False
        return self._pause_s is None or time.monotonic() - self._failed_at < self._pause_s

    def _is_there(self) -> bool:
        return self._pause_s is not None or (self._folder.is_dir() and any(self._folder.iterdir()))

    def _drop(self, drop: Callable[[VectorIndex], None]) -> None:
        index = self._opened()
        if index is None:
            return
        try:
            with index.writing():
                drop(index)
        except (IndexTorn, OSError):
            self._fail(index)

    def _opened(self) -> VectorIndex | None:
        with self._lock:
            if self._index is None and not self._is_left_alone() and not self._upkeep.is_closing.is_set():
                try:
                    self._index = self._open_index(self._folder)
                except (IndexTorn, OSError):
                    self._count_failure()
                    logger.warning("the vector index cannot be opened")
            return self._index

    def _fail(self, index: VectorIndex) -> None:
        """Never ask ``index`` again; the next one is built of what SQL holds."""
        with self._lock:
            if self._index is not index:
                return
            self._index = None
            self._count_failure()
            self._covered.clear()
        logger.warning("the vector index is damaged: exact search answers while it is built anew")
        index.set_aside()


def stamp_text(listing: PassageListing) -> str:
    """The same for vectors that can be compared."""
    return json.dumps(listing.stamp, sort_keys=True, default=dict)
