"""A library for tests of the search: real stores and indexes, and an embedder that knows nothing but spelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import numpy as np

from errors import EmbedderUnavailable
from models.embedding.embedder import Embedder
from rag.index_keeper import IndexKeeper
from rag.lexical_indexes import LexicalIndexes
from rag.listings import Listings
from rag.search import Indexes, Searcher, SearchOptions, Stores
from rag.upkeep import Upkeep
from rag.vector_index import ChromaIndex
from storage.collections import CollectionStore
from storage.database import Database
from storage.document_records import Chunk, Collection, Document, Page, PassageVectors, Vector
from storage.documents import DocumentStore
from storage.migrating import migrate
from storage.opening import open_database
from storage.passage_ids import PassageIds
from storage.passages import PassageStore
from tests.databases import sqlite_url

OWNER = "ana"
DIMENSION = 16


class SpellingEmbedder:
    """The same text is the same direction, any other a random one; ``same_as`` says what means the same."""

    dimension = DIMENSION
    max_batch = 64

    def __init__(self, name: str = "spelling", prefixes: tuple[str, str] = ("", "")) -> None:
        self.name = name
        self.prefixes = prefixes
        self.is_away = False
        self.same_as: dict[str, str] = {}

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        meant = [self.same_as.get(text, text).encode("utf-8", "replace") for text in texts]
        rows = [np.random.default_rng(crc32(text)).normal(size=DIMENSION) for text in meant]
        vectors = np.array(rows, np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def embed_question(self, text: str) -> Vector:
        if self.is_away:
            raise EmbedderUnavailable(name=self.name)
        vector: Vector = self.embed_passages([text])[0]
        return vector


@dataclass
class SearchRoom:
    """Everything over one database and one folder."""

    database: Database
    folder: Path
    small: int
    embedder: SpellingEmbedder = field(default_factory=SpellingEmbedder)

    def __post_init__(self) -> None:
        self.collections = CollectionStore(self.database)
        self.documents = DocumentStore(self.database)
        self.passages = PassageStore(self.database)
        self.upkeep = Upkeep()
        self.keeper = IndexKeeper(self.folder / "vectors", ChromaIndex, self.passages, self.upkeep, self.small)
        lexical = LexicalIndexes(self.folder / "lexical", self.passages, self.upkeep)
        stores = Stores(self.collections, Listings(PassageIds(self.database)), self.passages)
        self.searcher = Searcher(stores, Indexes(lexical, self.keeper), self.embedder_of)

    def embedder_of(self, collection: Collection) -> Embedder:
        return self.embedder

    def stamp(self) -> Mapping[str, object]:
        prefixes = list(self.embedder.prefixes)
        return {"embedder": self.embedder.name, "dimension": DIMENSION, "prefixes": prefixes}

    def new_collection(self, owner: str = OWNER) -> str:
        collection = self.collections.create(owner, "notes")
        self.collections.change(owner, collection.id, stamp=self.stamp())
        return collection.id

    def add(self, collection_id: str, texts: Sequence[str], owner: str = OWNER, language: str = "en") -> Document:
        """A document with one chunk for each text, READY."""
        document = self.add_words(collection_id, texts, owner, language)
        self.add_vectors(document, owner)
        return document

    def add_words(self, collection_id: str, texts: Sequence[str], owner: str = OWNER, language: str = "en") -> Document:
        """A document whose text is read and whose vectors are still to be made."""
        document = Document(collection_id, "notes", "text", language=language)
        self.documents.add(owner, document)
        pages = [Page(number, text) for number, text in enumerate(texts, start=1)]
        chunks = [
            Chunk(number, number + 1, 0, len(text), text, windows=((0, len(text)),))
            for number, text in enumerate(texts)
        ]
        self.passages.put_text(owner, document.id, pages, chunks)
        return document

    def add_vectors(self, document: Document, owner: str = OWNER) -> None:
        passages = self.passages.without_vectors(owner, document.id)
        rows = self.embedder.embed_passages([passage.chunk.text for passage in passages])
        vectors = {one.id: PassageVectors(row, row[None, :]) for one, row in zip(passages, rows, strict=True)}
        self.passages.put_vectors(owner, document.id, vectors)
        assert self.passages.finish(owner, document.id)

    def found(self, collection_id: str, question: str, options: SearchOptions | None = None) -> list[str]:
        """The texts of what a search finds, the best first."""
        report = self.searcher.search(OWNER, collection_id, question, options)
        return [hit.passage.chunk.text for hit in report.hits]

    def close(self) -> None:
        self.upkeep.close()
        self.keeper.close()


@contextmanager
def opened_room(database_path: Path, folder: Path, small: int = 2_000) -> Iterator[SearchRoom]:
    database = open_database(sqlite_url(database_path), folder / "backups", migrate)
    room = SearchRoom(database, folder, small)
    try:
        yield room
    finally:
        room.close()
        database.close()
