"""A search over documents that are cut and embedded in other ways than those that are kept: in memory, for a while.

It is the same search, over stores of its own. What is kept is never touched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.embedding.embedder import Embedder
from rag.index_keeper import IndexKeeper, IndexTorn, VectorIndex
from rag.lexical_indexes import LexicalIndexes
from rag.listings import Listings
from rag.search import Indexes, Searcher, Stores
from rag.settings import CollectionSettings, stamp_of
from rag.upkeep import Upkeep
from storage.document_records import Chunk, Collection, Document, Page, Passage, PassageVectors, Vector
from storage.passage_ids import ListedDocument, PassageListing

BLOCK_SIZE = 2_000

Split = Callable[[Sequence[Page], CollectionSettings], tuple[Chunk, ...]]


def cut(
    documents: Sequence[tuple[Document, Sequence[Page]]], settings: CollectionSettings, split: Split
) -> tuple[Passage, ...]:
    """The passages that the documents would have with these settings, under ids of their own."""
    chunks = [(document, chunk) for document, pages in documents for chunk in split(pages, settings)]
    return tuple(
        Passage(number, document.id, document.name, document.language, chunk)
        for number, (document, chunk) in enumerate(chunks, 1)
    )


@dataclass(frozen=True)
class TemporaryPassages:
    """Every store that a search asks, for one collection of one owner."""

    collection: Collection
    passages: tuple[Passage, ...]
    found: Mapping[int, PassageVectors]

    def get(self, owner: str, collection_id: str) -> Collection:
        return self.collection

    def listing(self, owner: str, collection_id: str) -> PassageListing:
        languages = {passage.document_id: passage.language for passage in self.passages}
        places = {document_id: place for place, document_id in enumerate(languages)}
        return PassageListing(
            self.collection.id,
            self.collection.revision,
            self.collection.stamp,
            tuple(ListedDocument(one, language, is_ready=True) for one, language in languages.items()),
            np.array([passage.id for passage in self.passages], np.int64),
            np.array([places[passage.document_id] for passage in self.passages], np.int32),
        )

    def by_ids(self, owner: str, ids: Sequence[int]) -> tuple[Passage, ...]:
        return tuple(self.passages[one - 1] for one in ids)

    def vectors(self, owner: str, ids: Sequence[int]) -> Mapping[int, PassageVectors]:
        return {one: self.found[one] for one in ids}

    def all_vectors(self, owner: str, collection_id: str) -> Iterator[tuple[list[int], Vector]]:
        ids = list(self.found)
        for start in range(0, len(ids), BLOCK_SIZE):
            block = ids[start : start + BLOCK_SIZE]
            yield block, np.stack([self.found[one].whole for one in block])


@contextmanager
def temporary_searcher(
    passages: tuple[Passage, ...],
    vectors: Mapping[int, PassageVectors],
    settings: CollectionSettings,
    embedder: Embedder,
) -> Iterator[Searcher]:
    """It finds among ``passages`` whatever collection it is asked for. Blocks while the words are indexed."""
    collection = Collection("", settings=settings.model_dump(), stamp=stamp_of(settings, embedder))
    store = TemporaryPassages(collection, passages, vectors)
    upkeep = Upkeep()
    with tempfile.TemporaryDirectory() as folder:
        lexical = LexicalIndexes(Path(folder), store, upkeep)
        lexical.refresh("", store.listing("", collection.id))
        upkeep.close()  # nothing is to be done behind the searches
        indexes = Indexes(lexical, IndexKeeper(Path(folder), _no_index, store, upkeep))
        yield Searcher(Stores(store, Listings(store), store), indexes, lambda _: embedder)


def _no_index(folder: Path) -> VectorIndex:
    """Vectors are compared one by one: an index would be built for longer than it is asked."""
    raise IndexTorn
