"""The listing of each collection's passages, read again only when it changed."""

from __future__ import annotations

from typing import Protocol

from rag.bounded_cache import BoundedCache
from storage.document_records import Collection
from storage.passage_ids import PassageListing

MOST_BYTES = 32 << 20
SMALLEST_SIZE = 1 << 12


class ListingSource(Protocol):
    """What is used of PassageIds."""

    def listing(self, owner: str, collection_id: str) -> PassageListing: ...


class Listings:
    """Any thread may call."""

    def __init__(self, source: ListingSource) -> None:
        self._source = source
        self._kept: BoundedCache[PassageListing] = BoundedCache(MOST_BYTES)

    def at(self, owner: str, collection: Collection) -> PassageListing:
        """That of ``collection``, which is the owner's, at its revision or a later one. Raises CollectionNotFound."""
        found = self._kept.get(collection.id)
        if found is not None and (found.revision, found.stamp) == (collection.revision, collection.stamp):
            return found
        listing = self._source.listing(owner, collection.id)
        self._kept.put(collection.id, listing, SMALLEST_SIZE + listing.ids.nbytes + listing.document_places.nbytes)
        return listing

    def forget(self, collection_id: str) -> None:
        self._kept.drop(collection_id)
