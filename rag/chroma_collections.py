"""What is asked of Chroma, whether its files are ours or a server's. No collection names a function that embeds."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import numpy as np
from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
from chromadb.errors import NotFoundError
from numpy.typing import NDArray

from rag.index_keeper import IndexTorn
from storage.document_records import Vector

BLOCK = 1_000
SEARCH_WIDTH = 250  # as many neighbours are looked at; 100 are asked for

logger = logging.getLogger(__name__)


class ChromaCollections:
    """Vectors of many collections, each under the stamp of what made its vectors.

    Any thread may read; one may write. Every call raises IndexTorn when Chroma fails.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._found: dict[str, Any] = {}  # looking one up takes longer than a query of it

    def ids(self, collection_id: str, stamp: str) -> NDArray[np.int64]:
        """Of the passages that are in the index, ascending."""
        with faults():
            collection = self._collection(collection_id, stamp)
            found = collection.get(include=[])["ids"] if collection else []
            if collection and collection.count() != len(found):
                raise IndexTorn
        return np.sort(np.array(found, np.int64))

    def nearest(
        self, collection_id: str, stamp: str, vector: Vector, num: int, document_ids: Sequence[str] = ()
    ) -> tuple[NDArray[np.int64], Vector]:
        """The ids of about the ``num`` nearest, the nearest first, and their cosines."""
        where: Any = {"document": {"$in": list(document_ids)}} if document_ids else None
        with faults():
            collection = self._collection(collection_id, stamp)
            if collection is None:
                raise IndexTorn
            found = collection.query(query_embeddings=[vector], n_results=num, where=where, include=["distances"])
            distances = (found["distances"] or [[]])[0]
            return np.array(found["ids"][0], np.int64), 1 - np.array(distances, np.float32)

    def add(
        self, collection_id: str, stamp: str, ids: Sequence[int], vectors: Vector, document_ids: Sequence[str]
    ) -> None:
        with faults():
            collection = self._client.get_or_create_collection(
                _name(collection_id, stamp), embedding_function=None, configuration=_configuration()
            )
            step = min(BLOCK, self._client.get_max_batch_size())
            for start in range(0, len(ids), step):
                block = slice(start, start + step)
                collection.upsert(
                    ids=[str(one) for one in ids[block]],
                    embeddings=vectors[block],
                    metadatas=[{"document": one} for one in document_ids[block]],
                )

    def remove(self, collection_id: str, stamp: str, ids: Sequence[int]) -> None:
        with faults():
            collection = self._collection(collection_id, stamp)
            step = self._client.get_max_batch_size()
            for start in range(0, len(ids) if collection else 0, step):
                collection.delete(ids=[str(one) for one in ids[start : start + step]])

    def drop(self, collection_id: str, *, but_stamp: str | None = None) -> None:
        """All of the collection, except what is under ``but_stamp``."""
        kept = _name(collection_id, but_stamp) if but_stamp is not None else ""
        with faults():
            for collection in self._client.list_collections():
                if collection.name.startswith(_prefix(collection_id)) and collection.name != kept:
                    self._found.pop(collection.name, None)
                    self._client.delete_collection(collection.name)

    def drop_others(self, collection_ids: Iterable[str]) -> None:
        """All but these collections."""
        kept = tuple(_prefix(one) for one in collection_ids)
        with faults():
            for collection in self._client.list_collections():
                if not collection.name.startswith(kept):
                    self._found.pop(collection.name, None)
                    self._client.delete_collection(collection.name)

    def _collection(self, collection_id: str, stamp: str) -> Any:
        """None when there is none. Its own functions are typed for far more than numbers."""
        name = _name(collection_id, stamp)
        if name not in self._found:
            try:
                self._found[name] = self._client.get_collection(name, embedding_function=None)
            except NotFoundError:
                return None
        return self._found[name]


@contextmanager
def faults() -> Iterator[None]:
    try:
        yield
    except IndexTorn:
        raise
    except Exception as error:  # its native core raises anything on damaged files
        logger.warning("the vector index failed: %s", type(error).__name__)
        raise IndexTorn from error


def _configuration() -> CreateCollectionConfiguration:
    """The index is rewritten every BLOCK vectors: what is not in it yet is put in at the next start, and that takes
    half a millisecond each."""
    hnsw = CreateHNSWConfiguration(
        space="cosine",
        ef_construction=100,
        ef_search=SEARCH_WIDTH,
        max_neighbors=16,
        sync_threshold=BLOCK,
        batch_size=BLOCK,
    )
    return CreateCollectionConfiguration(hnsw=hnsw)


def _name(collection_id: str, stamp: str) -> str:
    """In Chroma's alphabet, which is smaller than that of our ids."""
    return f"{_prefix(collection_id)}{sha256(stamp.encode()).hexdigest()[:16]}"


def _prefix(collection_id: str) -> str:
    return f"{sha256(collection_id.encode()).hexdigest()[:32]}."
