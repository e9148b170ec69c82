"""What documents are asked with, for tests of the page: real answers over a search by words, and real pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chains.conversations import Conversations
from chains.evidence import words_in
from chains.live import LiveAnswers
from chains.model_shelf import Models
from components.services import ReadingRoom
from errors import EmbedderUnavailable, NothingToSearch
from rag.answer_desk import DocumentSources
from rag.answers import DocumentAnswers
from rag.document_reading import DocumentReader
from rag.document_work import Reading, Stores
from rag.modes import ROOM
from rag.ranking import Leg
from rag.reading.pictures import draw_page
from rag.search import Hit, SearchOptions, SearchReport
from safety.sandbox import Caller
from settings import child_environment
from storage.conversations import ConversationStore
from storage.database import Database
from storage.document_records import Document
from tests.document_room import LetterEmbedder
from tests.library_room import LibraryRoom, read_plain

LONG_WORD = 4  # letters


@dataclass
class ShelfSearch:
    """Finds passages by the longer words of a question: two of them answer it, at the usual threshold."""

    stores: Stores

    def search(
        self, owner: str, collection_id: str, question: str, options: SearchOptions | None = None
    ) -> SearchReport:
        options = options or SearchOptions()
        asked = {word for word in words_in(question) if len(word) >= LONG_WORD}
        found = [
            passage
            for passage in self.stores.passages.passages(owner, collection_id)
            if not options.document_ids or passage.document_id in options.document_ids
        ]
        if not found:
            raise NothingToSearch
        scores = {one.id: 1 - 0.5 ** len(asked & words_in(one.chunk.text)) for one in found}
        found.sort(key=lambda one: -scores[one.id])
        hits = tuple(
            Hit(one, scores[one.id], {"words": Leg(scores[one.id], rank), "dense": Leg(0.5, rank)})
            for rank, one in enumerate(found[: options.num], 1)
        )
        is_found = hits[0].score >= options.threshold
        return SearchReport(question, hits, is_found, 1.0, "exact", len(found), seconds=0.012)


def no_reranker() -> LetterEmbedder:
    raise EmbedderUnavailable(name="e5-small")


def read_anything(
    document: Document, path: Path, on_progress: Callable[[int, int], None], cancelled: threading.Event
) -> Reading:
    """PDF files as the program does, all others as plain text."""
    if path.read_bytes().startswith(b"%PDF"):
        return DocumentReader(child_environment())(document, path, on_progress, cancelled)
    return read_plain(document, path, on_progress, cancelled)


def draw(path: Path, number: int, spans: Sequence[tuple[int, int]], width: int, cancelled: threading.Event) -> bytes:
    return draw_page(path, number, spans, width, Caller(child_environment(), cancelled=cancelled))


def reading_room(database: Database, library: LibraryRoom, models: Models, max_characters: int) -> ReadingRoom:
    """Over what ``library`` keeps."""
    store, live, stores = ConversationStore(database), LiveAnswers(), library.stores
    searching = ShelfSearch(stores)
    sources = DocumentSources(searching, stores.passages, no_reranker, no_reranker)
    answers = DocumentAnswers(store, models, live, sources, max_characters)
    conversations = Conversations(store, live, ROOM)
    return ReadingRoom(conversations, answers, searching, stores.documents, stores.passages, models, draw)
