"""The Documents room's services. What reads, cuts and fetches documents is imported when the first one comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Event

from agents.options import ROOM as AGENT_ROOM
from building.fetching import page_fetcher
from building.heartbeat import Heartbeat
from building.search import build_searcher
from chains.conversations import Conversations
from chains.live import LiveAnswers
from chains.model_shelf import Models
from chains.options import ConversationOptions
from chains.room_model import RoomModel
from chains.turn_news import TurnListener
from components.services import DocumentsRoom, MeasuringRoom, ReadingRoom
from models.embedding.embedder import Embedder
from models.embedding.process import EmbeddingWorker
from models.embedding.shelf import DEFAULT, EmbedderKeys, EmbedderShelf
from rag.answer_desk import DocumentSources
from rag.answers import DocumentAnswers
from rag.document_files import DocumentFiles
from rag.document_work import Reading, Stores, Tools, settings_in_force
from rag.evaluation import Evaluation, EvaluationStores, EvaluationTools
from rag.evaluation_model import EvaluationModel
from rag.evaluation_results import EvaluationResults
from rag.forgetting import Forgetting
from rag.indexing import Indexer
from rag.library import Library, Limits
from rag.modes import ROOM, Mode
from rag.projection import Projection
from rag.search import Searcher
from rag.settings import CollectionSettings
from rag.study import Study
from rag.triple_proposals import propose
from rag.upkeep import Upkeep
from safety.sandbox import Caller
from settings import Settings, child_environment
from storage.claims import Claims
from storage.collections import CollectionStore
from storage.conversations import ConversationStore
from storage.database import Database
from storage.document_records import Chunk, Collection, Document, Page
from storage.documents import DocumentStore
from storage.passages import PassageStore
from storage.ratings import RatedAnswers
from storage.triples import TripleStore

ModelOf = Callable[[str], Awaitable[RoomModel]]
SPARED_SECONDS = 3_600.0  # another process may be keeping a file now, its row yet to come
FEW_PARAMETERS = 1_000_000_000  # of a model that tells documents in its own words and gets them wrong


def build_documents_room(settings: Settings, database: Database, models: Models, on_end: TurnListener) -> DocumentsRoom:
    """The Documents room's services; ``on_end`` hears of each turn. Nothing is indexed before ``library.start``."""
    limits = Limits(
        settings.max_document_megabytes,
        settings.max_owner_megabytes,
        settings.max_owner_documents,
        settings.max_documents_megabytes,
    )
    keys = EmbedderKeys(
        google=settings.google_api_key.get_secret_value() if settings.google_api_key else None,
        openai=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        openai_base_url=settings.openai_base_url,
    )
    worker = EmbeddingWorker(child_environment(), settings.cache_dir.absolute() / "embedding.log")
    shelf = EmbedderShelf(worker, keys, settings.offered_embedders)
    files = DocumentFiles(
        settings.shared_folder.absolute() / "documents", spared_s=SPARED_SECONDS if settings.shared_dir else 0
    )
    stores = Stores(CollectionStore(database), DocumentStore(database), PassageStore(database), files)
    claims = Claims(database)
    indexer = Indexer(stores, Tools(_read, _split, shelf.get), claims)
    heartbeat = Heartbeat(claims, indexer.adopt)
    upkeep = Upkeep()
    searcher = build_searcher(settings, database, shelf, upkeep)
    forgetting = Forgetting(ConversationStore(database), stores.documents, searcher.refresh, upkeep, (AGENT_ROOM,))
    library = Library(stores, indexer, page_fetcher(settings), limits, forgetting)
    reading = build_reading_room(settings, database, models, searcher, shelf, on_end)

    def close() -> None:
        indexer.close(timeout_s=0)
        upkeep.close()
        shelf.close()
        indexer.close()
        heartbeat.close()

    model_of = _model_of(reading.conversations, models)
    study = Study(stores.passages, model_of)
    measuring = build_measuring_room(database, model_of, searcher, shelf)
    return DocumentsRoom(reading, library, indexer, limits, shelf.names(), study, measuring, close)


def build_reading_room(
    settings: Settings,
    database: Database,
    models: Models,
    searcher: Searcher,
    shelf: EmbedderShelf,
    on_end: TurnListener,
) -> ReadingRoom:
    """What answers from documents."""
    store, passages = ConversationStore(database), PassageStore(database)
    live = LiveAnswers(Claims(database), on_end)
    sources = DocumentSources(searcher, passages, lambda: shelf.get(DEFAULT), lambda: shelf.get(DEFAULT))
    answers = DocumentAnswers(store, models, live, sources, settings.max_message_characters)
    conversations = Conversations(store, live, ROOM)
    first_mode = Mode.QUOTE if models.get("").num_parameters < FEW_PARAMETERS else Mode.NAIVE
    return ReadingRoom(
        conversations, answers, searcher, DocumentStore(database), passages, models, _draw_page, first_mode
    )


def _model_of(conversations: Conversations, models: Models) -> ModelOf:
    """Where there is no conversation, an owner uses the model that a new one would begin with."""

    async def model_of(owner: str) -> RoomModel:
        name = await asyncio.to_thread(conversations.usual_model, owner, models.names(owner))
        return models.chosen(ConversationOptions(model=name), owner)

    return model_of


def build_measuring_room(
    database: Database, model_of: ModelOf, searcher: Searcher, shelf: EmbedderShelf
) -> MeasuringRoom:
    """What shows and measures how well documents are found."""

    def embedder_of(collection: Collection) -> Embedder:
        return shelf.get(settings_in_force(collection).embedder)

    collections, passages, model = CollectionStore(database), PassageStore(database), EvaluationModel(model_of)
    stores = EvaluationStores(collections, DocumentStore(database), passages)
    tools = EvaluationTools(searcher, _split, shelf.get, model.rewrite, lambda: shelf.get(DEFAULT), model.answer)
    return MeasuringRoom(
        Projection(collections, passages, embedder_of),
        embedder_of,
        TripleStore(database),
        Evaluation(stores, tools),
        EvaluationResults(collections),
        RatedAnswers(database),
        partial(propose, model_of),
    )


def _read(document: Document, path: Path, on_progress: Callable[[int, int], None], cancelled: Event) -> Reading:
    from rag.document_reading import DocumentReader

    return DocumentReader(child_environment())(document, path, on_progress, cancelled)


def _draw_page(path: Path, number: int, spans: Sequence[tuple[int, int]], width: int, cancelled: Event) -> bytes:
    from rag.reading.pictures import draw_page

    return draw_page(path, number, spans, width, Caller(child_environment(), cancelled=cancelled))


def _split(pages: Sequence[Page], settings: CollectionSettings) -> tuple[Chunk, ...]:
    from rag.splitting import split

    return split(pages, settings)
