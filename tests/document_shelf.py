"""A shelf of documents for tests of the storage: what stands on it, and how it gets there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from storage.collections import CollectionStore
from storage.database import Database
from storage.document_records import Chunk, Document, Page, Passage, PassageVectors, Vector
from storage.documents import DocumentStore
from storage.passages import PassageStore

DIMENSION = 8
PAGES = (Page(1, "Los ríos bajan. Los lagos callan."), Page(2, "Rivers run.", "Chapter 2"))
CHUNKS = (
    Chunk(0, 1, 0, 15, "Los ríos bajan.", ("Agua", "Ríos"), ((0, 15),)),
    Chunk(1, 1, 16, 33, "Los lagos callan.", ("Agua",), ((16, 25), (26, 33))),
    Chunk(2, 2, 0, 11, "Rivers run.", (), ((0, 11),)),
)


class Shelf:
    """The three stores over one database, and the default collection of an owner."""

    def __init__(self, database: Database, owner: str = "ana") -> None:
        self.collections = CollectionStore(database)
        self.documents = DocumentStore(database)
        self.passages = PassageStore(database)
        self.owner = owner
        self.collection_id = self.collections.default(owner).id

    @property
    def revision(self) -> int:
        return self.collections.get(self.owner, self.collection_id).revision

    def add(self, name: str = "rivers.pdf", **fields: Any) -> Document:
        document = replace(Document(self.collection_id, name, "pdf"), **fields)
        self.documents.add(self.owner, document)
        return self.documents.get(self.owner, document.id)

    def read(self, name: str = "rivers.pdf", chunks: tuple[Chunk, ...] = CHUNKS) -> Document:
        """Added, its text stored."""
        document = self.add(name)
        self.passages.put_text(self.owner, document.id, PAGES, chunks)
        return document

    def index(self, name: str = "rivers.pdf", chunks: tuple[Chunk, ...] = CHUNKS) -> Document:
        """Read, and its vectors stored."""
        document = self.read(name, chunks)
        lacking = self.passages.without_vectors(self.owner, document.id)
        self.passages.put_vectors(self.owner, document.id, vectors_of(lacking))
        assert self.passages.finish(self.owner, document.id)
        return document

    def ids(self, document: Document) -> list[int]:
        found = self.passages.passages(self.owner, self.collection_id)
        return [passage.id for passage in found if passage.document_id == document.id]

    def found(self) -> list[str]:
        """The names of the documents whose words can be searched, one for each passage."""
        return [passage.document_name for passage in self.passages.passages(self.owner, self.collection_id)]


def unit_vectors(num: int, seed: int) -> Vector:
    drawn = np.random.default_rng(seed).normal(size=(num, DIMENSION)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def vectors_of(passages: tuple[Passage, ...]) -> dict[int, PassageVectors]:
    """Some for each, always the same."""
    return {
        passage.id: PassageVectors(
            unit_vectors(1, passage.id)[0], unit_vectors(len(passage.chunk.windows), passage.id + 1_000)
        )
        for passage in passages
    }
