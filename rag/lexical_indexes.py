"""The lexical index of each collection, kept in step with the passages that SQL holds.

What changed is found by comparing ids: an id is never used again, and the text of a passage never changes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from rag.bounded_cache import BoundedCache
from rag.lexical import LexicalIndex, Segment
from rag.lexical_files import IndexDamaged, IndexFolder
from rag.upkeep import Upkeep
from storage.document_records import Passage
from storage.passage_ids import PassageListing

ADDED_AT_ONCE = 1_000  # passages: what a search waits for, half a second; more are added behind it
BLOCK = 1_000
MOST_BYTES = 128 << 20  # in memory

logger = logging.getLogger(__name__)


class PassageTexts(Protocol):
    """What is used of the PassageStore."""

    def by_ids(self, owner: str, ids: Sequence[int]) -> tuple[Passage, ...]: ...


class LexicalIndexes:
    """``folder`` holds one folder for each collection. Any thread may call."""

    def __init__(self, folder: Path, passages: PassageTexts, upkeep: Upkeep) -> None:
        self._folder = folder
        self._passages = passages
        self._upkeep = upkeep
        self._lock = threading.Lock()
        self._shelves: dict[str, _Shelf] = {}

        self._in_memory: BoundedCache[LexicalIndex] = BoundedCache(MOST_BYTES)

    def at(self, owner: str, listing: PassageListing) -> LexicalIndex:
        """The index without anything that is not listed. When much is new, it is added behind this call."""
        index, num_missing = self._shelf(listing.collection_id).updated(owner, listing, ADDED_AT_ONCE)
        if num_missing > ADDED_AT_ONCE:
            self._upkeep.ask(f"words of {listing.collection_id}", lambda: self.refresh(owner, listing))
        return index

    def refresh(self, owner: str, listing: PassageListing) -> None:
        """Bring it up to date, however long that takes."""
        num_missing, num_before = 1, 0
        while num_missing and num_missing != num_before and not self._upkeep.is_closing.is_set():
            num_before = num_missing
            _, num_missing = self._shelf(listing.collection_id).updated(owner, listing, len(listing.ids))

    def forget(self, collection_id: str) -> None:
        """Delete what is kept of the collection."""
        self._shelf(collection_id).clear()

    def only(self, collection_ids: Iterable[str]) -> None:
        """Delete what is kept of all other collections: they are gone."""
        known = set(collection_ids)
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if path.name not in known:
                self.forget(path.name)

    def _shelf(self, collection_id: str) -> _Shelf:
        with self._lock:
            if collection_id not in self._shelves:
                folder = IndexFolder(self._folder / collection_id)
                self._shelves[collection_id] = _Shelf(collection_id, folder, self._passages, self._in_memory)
            return self._shelves[collection_id]


class _Shelf:
    """Where one collection's index stands: in the folder, and in memory while there is room."""

    def __init__(
        self, key: str, folder: IndexFolder, passages: PassageTexts, in_memory: BoundedCache[LexicalIndex]
    ) -> None:
        self._key = key
        self._folder = folder
        self._passages = passages
        self._in_memory = in_memory
        self._lock = threading.Lock()
        self._revision = -1  # that the index was last in step with

    def updated(self, owner: str, listing: PassageListing, most_at_once: int) -> tuple[LexicalIndex, int]:
        """The index, and how many passages it had lacked before this call.

        What is gone is taken out at once; what is new goes in, a block of it, unless it is more than ``most_at_once``.
        """
        with self._lock:
            index = self._in_memory.get(self._key)
            if index is not None and self._revision == listing.revision:
                return index, 0
            index = index or self._read()
            is_kept = np.isin(index.ids, listing.ids, assume_unique=True)
            missing = np.setdiff1d(listing.ids, index.ids, assume_unique=True)
            new = missing[:BLOCK].tolist() if len(missing) <= most_at_once else []
            passages = self._passages.by_ids(owner, new) if new else ()
            if passages or not is_kept.all():
                index = index.changed(is_kept, [Segment.of(passages)] if passages else [])
                self._write(index)
            self._in_memory.put(self._key, index, index.num_bytes)
            self._revision = listing.revision if len(passages) == len(missing) else -1
            return index, len(missing)

    def clear(self) -> None:
        with self._lock:
            self._in_memory.drop(self._key)
            self._folder.remove()
            self._revision = -1

    def _read(self) -> LexicalIndex:
        try:
            return self._folder.read()
        except IndexDamaged:  # or never written
            return LexicalIndex()

    def _write(self, index: LexicalIndex) -> None:
        try:
            self._folder.write(index)
        except OSError as error:  # the next start will find an old one and add what it lacks
            logger.warning("a lexical index could not be written: %s", type(error).__name__)
