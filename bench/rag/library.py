"""A collection in real stores of a temporary SQLite, and a real Searcher over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.embedding.embedder import Embedder
from rag.index_keeper import IndexKeeper
from rag.lexical_indexes import LexicalIndexes
from rag.listings import Listings
from rag.search import Indexes, Searcher, Stores
from rag.settings import CollectionSettings, stamp_of
from rag.splitting import split
from rag.upkeep import Upkeep
from rag.vector_index import ChromaIndex
from storage.collections import CollectionStore
from storage.document_records import Document, Page, Passage, PassageVectors
from storage.documents import DocumentStore
from storage.migrating import migrate
from storage.opening import open_database
from storage.passage_ids import PassageIds
from storage.passages import PassageStore

OWNER = "reader"


@dataclass(frozen=True)
class Library:
    """Stores and searcher over one folder; ``embedder`` makes all vectors in it."""

    collections: CollectionStore
    documents: DocumentStore
    passages: PassageStore
    searcher: Searcher
    upkeep: Upkeep
    embedder: Embedder
    settings: CollectionSettings

    def new_collection(self) -> str:
        collection = self.collections.create(OWNER, "bench")
        self.collections.change(OWNER, collection.id, stamp=stamp_of(self.settings, self.embedder))
        return collection.id

    def add(self, collection_id: str, pages: Sequence[Page], language: str) -> Document:
        """A document, READY."""
        document = Document(collection_id, "text", "text", language=language)
        self.documents.add(OWNER, document)
        self.passages.put_text(OWNER, document.id, pages, split(pages, self.settings))
        passages = self.passages.without_vectors(OWNER, document.id)
        self.passages.put_vectors(OWNER, document.id, embedded(passages, self.embedder))
        self.passages.finish(OWNER, document.id)
        return document


@contextmanager
def opened(folder: Path, embedder: Embedder, settings: CollectionSettings | None = None) -> Iterator[Library]:
    """An empty library in ``folder``, or what was left there."""
    database = open_database(f"sqlite:///{folder / 'bench.db'}", folder / "backups", migrate)
    collections, passages, upkeep = CollectionStore(database), PassageStore(database), Upkeep()
    keeper = IndexKeeper(folder / "vectors", ChromaIndex, passages, upkeep)
    lexical = LexicalIndexes(folder / "lexical", passages, upkeep)
    stores = Stores(collections, Listings(PassageIds(database)), passages)
    searcher = Searcher(stores, Indexes(lexical, keeper), lambda collection: embedder)
    chosen = settings or CollectionSettings(embedder=embedder.name)
    try:
        yield Library(collections, DocumentStore(database), passages, searcher, upkeep, embedder, chosen)
    finally:
        upkeep.close()
        keeper.close()
        database.close()


def embedded(passages: Sequence[Passage], embedder: Embedder) -> dict[int, PassageVectors]:
    """Each distinct text once, texts of like length together."""
    distinct = sorted({text for passage in passages for text in texts_of(passage)}, key=len)
    step = embedder.max_batch
    blocks = [embedder.embed_passages(distinct[start : start + step]) for start in range(0, len(distinct), step)]
    vector_of = dict(zip(distinct, np.concatenate(blocks), strict=True))
    found = {}
    for passage in passages:
        whole, *windows = texts_of(passage)
        found[passage.id] = PassageVectors(vector_of[whole], np.stack([vector_of[text] for text in windows]))
    return found


def texts_of(passage: Passage) -> list[str]:
    """The whole, then its windows."""
    chunk = passage.chunk
    windows = [chunk.text[start - chunk.start : end - chunk.start] for start, end in chunk.windows]
    return [chunk.text, *(windows or [chunk.text])]
