"""A library with an indexer for tests: real stores and files, readers and embedders that do as they are told."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import numpy as np

from errors import AddressRefused, DocumentBroken
from models.embedding.unit_vectors import unit_rows
from rag.document_files import DocumentFiles
from rag.document_work import Reader, Reading, Stores, Tools
from rag.indexing import Indexer
from rag.library import DEFAULT_LIMITS, Library, Limits
from rag.splitting import split
from safety.web_address import Fetched
from storage.collections import CollectionStore
from storage.database import Database
from storage.document_records import Document, DocumentStatus, Page, Passage, Vector
from storage.documents import DocumentStore
from storage.passages import PassageStore

WAIT_S = 60.0
SENTENCES = [f"La frase {number} dice algo." for number in range(160)]
TEXT = f"Página 1. {' '.join(SENTENCES[:80])}\fPágina 2. {' '.join(SENTENCES[80:])}"


class HashEmbedder:
    """The same text always gives the same vector. ``before_batch`` is called before each batch, with its texts."""

    prefixes = ("", "")
    max_batch = 4

    def __init__(self, name: str = "use-multilingual", dimension: int = 8) -> None:
        self.name = name
        self.dimension = dimension
        self.batches: list[Sequence[str]] = []
        self.before_batch: Callable[[Sequence[str]], None] = lambda texts: None

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        assert len(texts) <= self.max_batch
        self.before_batch(texts)
        self.batches.append(texts)
        return unit_rows(np.array([self._numbers(text) for text in texts]))

    def embed_question(self, text: str) -> Vector:
        vector: Vector = self.embed_passages([text])[0]
        return vector

    def _numbers(self, text: str) -> list[float]:
        return [float(byte) + 1.0 for byte in hashlib.sha512(text.encode()).digest()[: self.dimension]]


def read_plain(
    document: Document, path: Path, on_progress: Callable[[int, int], None], cancelled: threading.Event
) -> Reading:
    """Pages are divided by form feeds. A text that begins with "broken" is, one that begins with "bug" is ours."""
    text = path.read_text(encoding="utf-8")
    if text.startswith("broken"):
        raise DocumentBroken(name=document.name)
    if text.startswith("bug"):
        raise ZeroDivisionError
    texts = text.split("\f")
    for number in range(len(texts)):
        on_progress(number + 1, len(texts))
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1))
    return Reading(pages, document.kind, "es", "A title" if document.kind == "web" else document.name)


class LibraryRoom:
    """``web`` holds what is at each address. The clock goes on by a second whenever it is looked at."""

    def __init__(
        self, database: Database, folder: Path, limits: Limits = DEFAULT_LIMITS, read: Reader = read_plain
    ) -> None:
        documents, collections = DocumentStore(database), CollectionStore(database)
        files = DocumentFiles(folder / "documents")
        self.stores = Stores(collections, documents, PassageStore(database), files)
        self.folder = folder
        self.read = read
        self.limits = limits
        self.embedders = {"use-multilingual": HashEmbedder(), "e5-small": HashEmbedder("e5-small", 16)}
        self.web: dict[str, Fetched] = {}
        self.deleted_in: list[str] = []
        self.open()

    def open(self) -> None:
        """As the program does when it starts, but for ``library.start``."""
        ticks = count()
        tools = Tools(self.read, split, self.embedders.__getitem__, clock=lambda: float(next(ticks)))
        self.indexer = Indexer(self.stores, tools)
        self.library = Library(self.stores, self.indexer, self._fetch, self.limits, self._deleted)

    def _deleted(self, owner: str, collection_id: str) -> None:
        self.deleted_in.append(collection_id)

    def collection_id(self, owner: str = "ana") -> str:
        return self.library.collections(owner)[0].id

    def add(self, text: str = TEXT, name: str = "rivers.txt", owner: str = "ana") -> Document:
        path = self.folder / "upload"
        path.write_text(text, encoding="utf-8")
        return self.library.add_file(owner, self.collection_id(owner), path, name)

    def document(self, document: Document, owner: str = "ana") -> Document:
        return self.stores.documents.get(owner, document.id)

    def settle(self) -> None:
        assert self.indexer.wait_until_idle(WAIT_S)

    def files(self) -> set[str]:
        folder = self.folder / "documents"
        return {path.name for path in folder.iterdir()} if folder.exists() else set()

    def passages(self, document: Document, owner: str = "ana") -> list[Passage]:
        found = self.stores.passages.passages(owner, document.collection_id)
        return [passage for passage in found if passage.document_id == document.id]

    def assert_ready(self, document: Document, owner: str = "ana") -> None:
        """Its chunks are those of its text, each once, each with the vectors of its own text."""
        found = self.document(document, owner)
        assert (found.status, found.fault) == (DocumentStatus.READY, None)
        passages = self.passages(document, owner)
        assert [passage.chunk.number for passage in passages] == list(range(found.num_chunks))
        embedder = self._embedder_of(document, owner)
        vectors = self.stores.passages.vectors(owner, [passage.id for passage in passages])
        for passage in passages:
            chunk, own = passage.chunk, vectors[passage.id]
            texts = [chunk.text[start - chunk.start : end - chunk.start] for start, end in chunk.windows]
            wanted = [embedder.embed_question(text) for text in (chunk.text, *texts)]
            np.testing.assert_allclose(np.stack([own.whole, *own.windows]), np.stack(wanted), atol=2e-3)

    def _embedder_of(self, document: Document, owner: str) -> HashEmbedder:
        stamp = self.library.collection(owner, document.collection_id).stamp
        assert stamp is not None
        return HashEmbedder(stamp["embedder"], stamp["dimension"])

    async def _fetch(self, url: str) -> Fetched:
        if url not in self.web:
            raise AddressRefused(address=url)
        return self.web[url]


class Gate:
    """Holds an embedder up before one of its batches, until it is opened."""

    def __init__(self, room: LibraryRoom, before: int = 1, embedder: str = "use-multilingual") -> None:
        self._reached, self._opened = threading.Event(), threading.Event()
        self._left = before
        room.embedders[embedder].before_batch = self._hold

    def wait(self) -> None:
        assert self._reached.wait(60)

    def open(self) -> None:
        self._opened.set()

    def _hold(self, texts: Sequence[str]) -> None:
        self._left -= 1
        if self._left == 0:
            self._reached.set()
            assert self._opened.wait(60)
