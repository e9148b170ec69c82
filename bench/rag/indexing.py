"""How fast documents are indexed: the whole way from a file to a READY document, beside the bare encoder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.answer import ContenderFailed
from bench.rag.library import OWNER, opened
from bench.rag.library import Library as BareLibrary
from bench.rag.prose import long_pdf, long_text
from bench.rag.setup import Setup
from errors import NothingToSearch
from models.embedding.embedder import Embedder
from models.embedding.process import EmbeddingWorker
from models.embedding.shelf import DEFAULT, EmbedderShelf
from rag.document_files import DocumentFiles
from rag.document_reading import DocumentReader
from rag.document_work import Stores, Tools
from rag.indexing import Indexer
from rag.library import Library
from rag.passage_embedding import texts_of
from rag.settings import CollectionSettings
from rag.splitting import split
from rag.temporary_search import cut
from safety.web_address import Fetched
from settings import child_environment
from storage.document_records import Document, DocumentStatus, Page

LIMIT_S = 600.0
SECONDS_BETWEEN_LOOKS = 0.02
WORD = "probabilidad"  # the samples have it


@dataclass(frozen=True)
class IndexingRoom:
    """What the application has, without its page. ``encoder`` is that of the indexer, in its process, and warm."""

    folder: Path
    bare: BareLibrary
    library: Library
    indexer: Indexer
    encoder: Embedder

    def add(self, content: bytes, name: str) -> Document:
        """Returns at once; it is then being indexed."""
        path = self.folder / name
        path.write_bytes(content)
        return self.library.add_file(OWNER, self.bare.collections.default(OWNER).id, path, name)

    def indexed(self, document: Document) -> Document:
        """As it is once it is READY. Raises ContenderFailed."""
        if not self.indexer.wait_until_idle(LIMIT_S):
            raise ContenderFailed("indexing takes too long")
        found = self.bare.documents.get(OWNER, document.id)
        if found.status is not DocumentStatus.READY:
            raise ContenderFailed(f"a document could not be indexed: {found.fault}")
        return found

    def wait_for_words(self, document: Document) -> None:
        """Until a search finds a word of the document. Raises ContenderFailed."""
        until = time.monotonic() + LIMIT_S
        while time.monotonic() < until:
            try:
                hits = self.bare.searcher.search(OWNER, document.collection_id, WORD).hits
            except NothingToSearch:
                hits = ()
            if any("words" in hit.legs for hit in hits):
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)
        raise ContenderFailed("nothing is found in the document")


@contextmanager
def indexing_room(folder: Path) -> Iterator[IndexingRoom]:
    """Everything over ``folder``, with the default embedder."""
    shelf = EmbedderShelf(EmbeddingWorker(child_environment(), folder / "embedding.log"))
    encoder = shelf.get(DEFAULT)
    encoder.embed_passages(["warm"])
    with opened(folder, encoder) as bare:
        stores = Stores(bare.collections, bare.documents, bare.passages, DocumentFiles(folder / "documents"))
        indexer = Indexer(stores, Tools(DocumentReader(child_environment()), split, shelf.get))
        library = Library(stores, indexer, _no_web)
        library.start()
        try:
            yield IndexingRoom(folder, bare, library, indexer, encoder)
        finally:
            indexer.close()
            shelf.close()


def measure_pipeline(setup: Setup, index: int) -> None:
    """Chunks a second of the whole way, and of the bare encoder in the same process over the same texts, in turns."""
    with indexing_room(setup.new_folder("pipeline")) as room:
        room.indexed(room.add(long_text(setup.plan.characters // 10, seed=0).encode(), "first.txt"))
        for turn in (1, 2):
            content = long_text(setup.plan.characters, seed=2 * index + turn)
            if turn == 1:
                setup.record.add(pipeline__chunks_per_s=_whole_way(room, content))
            setup.record.add(encoder__chunks_per_s=_bare_encoder(room.encoder, content))
            if turn == 2:
                setup.record.add(pipeline__chunks_per_s=_whole_way(room, content))


def _whole_way(room: IndexingRoom, content: str) -> float:
    began = time.monotonic()
    document = room.indexed(room.add(content.encode(), f"{began}.txt"))
    return document.num_chunks / (time.monotonic() - began)


def _bare_encoder(encoder: Embedder, content: str) -> float:
    passages = cut([(Document("", "text", "text"), [Page(1, content)])], CollectionSettings(), split)
    texts = [text for passage in passages for text in texts_of(passage)]
    began = time.monotonic()
    for start in range(0, len(texts), encoder.max_batch):
        encoder.embed_passages(texts[start : start + encoder.max_batch])
    return len(passages) / (time.monotonic() - began)


def measure_pdf(setup: Setup, index: int) -> None:
    """Pages a second until the document is READY, and seconds until its words are found."""
    content = long_pdf(setup.plan.pages, seed=index)
    with indexing_room(setup.new_folder("pdf")) as room:
        began = time.monotonic()
        document = room.add(content, "long.pdf")
        room.wait_for_words(document)
        words_s = time.monotonic() - began
        found = room.indexed(document)
        seconds = time.monotonic() - began
    if found.num_pages != setup.plan.pages:
        raise ContenderFailed("pages are missing")
    setup.record.add(pipeline__pages_per_s=found.num_pages / seconds, pipeline__first_answerable_s=words_s)


async def _no_web(address: str) -> Fetched:
    raise AssertionError(address)
