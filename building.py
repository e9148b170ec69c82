"""Builds the rooms' services from Settings: the one place beside ``app`` that chooses concrete classes.

What takes long to import is imported in functions: some when the page is built, and what reads, cuts and fetches
documents only when the first one comes.
"""

from __future__ import annotations

import asyncio
from functools import cache, partial
from typing import TYPE_CHECKING

from safety.sandbox import Caller
from settings import Settings, child_environment

FEW_PARAMETERS = 1_000_000_000  # of a model that tells documents in its own words and gets them wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from threading import Event

    from chains.room_model import RoomModel
    from components.services import ChatRoom, DocumentsRoom, MeasuringRoom, ReadingRoom
    from models.embedding.embedder import Embedder
    from models.embedding.shelf import EmbedderShelf
    from models.engine.protocol import ModelCard
    from models.engine.switch import EngineSwitch
    from rag.document_work import Reading
    from rag.search import Searcher
    from rag.settings import CollectionSettings
    from rag.upkeep import Upkeep
    from rag.vector_index import ChromaIndex
    from safety.net import GuardedClient
    from safety.web_address import Fetched
    from storage.database import Database
    from storage.document_records import Chunk, Collection, Document, Page


def build_chat_room(settings: Settings, engine: EngineSwitch, card: ModelCard, database: Database) -> ChatRoom:
    """The Chat room's services over the local model."""
    from chains.conversations import DELETED_FOR, Conversations
    from chains.live import LiveAnswers
    from chains.options import SamplingChoice
    from chains.replies import Replies
    from chains.room_model import RoomModel
    from chains.template_library import TemplateLibrary
    from chains.template_shelf import TemplateShelf
    from components.services import ChatRoom
    from models.chat_model import LocalChatModel
    from storage.conversations import ConversationStore
    from storage.notes import NoteStore
    from storage.templates import TemplateStore

    defaults = SamplingChoice(
        temperature=settings.temperature,
        top_p=settings.top_p,
        top_k=settings.top_k,
        min_p=settings.min_p,
        repeat_penalty=settings.repeat_penalty,
        max_tokens=min(settings.max_answer_tokens, card.context_tokens // 2),
    )
    name = "local/" + "-".join(card.name.lower().split())
    model = LocalChatModel(engine=engine, model_name=name, context_tokens=card.context_tokens, **defaults.chosen())
    room_model = RoomModel(
        model, model, name, card.context_tokens, defaults, card.has_chat_template, card.num_parameters
    )
    store, notes, live = ConversationStore(database), NoteStore(database), LiveAnswers()
    store.settle_interrupted()
    store.purge(DELETED_FOR)
    replies = Replies(store, notes, room_model, live, settings.max_message_characters)
    templates = TemplateShelf(TemplateLibrary.load(), TemplateStore(database))
    return ChatRoom(Conversations(store, live), replies, templates, notes, room_model)


def build_documents_room(settings: Settings, database: Database, room_model: RoomModel) -> DocumentsRoom:
    """The Documents room's services. Nothing is indexed before ``library.start``."""
    from components.services import DocumentsRoom
    from models.embedding.process import EmbeddingWorker
    from models.embedding.shelf import EmbedderKeys, EmbedderShelf
    from rag.document_files import DocumentFiles
    from rag.document_work import Stores, Tools
    from rag.forgetting import Forgetting
    from rag.indexing import Indexer
    from rag.library import Library, Limits
    from rag.study import Study
    from rag.upkeep import Upkeep
    from storage.collections import CollectionStore
    from storage.conversations import ConversationStore
    from storage.documents import DocumentStore
    from storage.passages import PassageStore

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
    files = DocumentFiles(settings.data_dir.absolute() / "documents")
    stores = Stores(CollectionStore(database), DocumentStore(database), PassageStore(database), files)
    indexer = Indexer(stores, Tools(_read, _split, shelf.get))
    upkeep = Upkeep()
    searcher = build_searcher(settings, database, shelf, upkeep)
    forgetting = Forgetting(ConversationStore(database), stores.documents, searcher.refresh, upkeep)
    library = Library(stores, indexer, _fetch, limits, forgetting)
    reading = build_reading_room(settings, database, room_model, searcher, shelf)

    def close() -> None:
        indexer.close(timeout_s=0)
        upkeep.close()
        shelf.close()
        indexer.close()

    study = Study(stores.passages, room_model)
    measuring = build_measuring_room(database, room_model, searcher, shelf)
    return DocumentsRoom(reading, library, indexer, limits, shelf.names(), study, measuring, close)


def build_searcher(settings: Settings, database: Database, shelf: EmbedderShelf, upkeep: Upkeep) -> Searcher:
    """Search over indexes in the data folder, each of which can be lost."""
    from rag.document_work import settings_in_force
    from rag.index_keeper import IndexKeeper
    from rag.lexical_indexes import LexicalIndexes
    from rag.listings import Listings
    from rag.search import Indexes, Searcher, Stores
    from storage.collections import CollectionStore
    from storage.passage_ids import PassageIds
    from storage.passages import PassageStore

    passages, folder = PassageStore(database), settings.data_dir.absolute() / "index"
    keeper = IndexKeeper(folder / "vectors", _open_index, passages, upkeep)
    lexical = LexicalIndexes(folder / "lexical", passages, upkeep)
    stores = Stores(CollectionStore(database), Listings(PassageIds(database)), passages)
    return Searcher(
        stores, Indexes(lexical, keeper), lambda collection: shelf.get(settings_in_force(collection).embedder)
    )


def build_reading_room(
    settings: Settings, database: Database, room_model: RoomModel, searcher: Searcher, shelf: EmbedderShelf
) -> ReadingRoom:
    """What answers from documents."""
    from chains.conversations import Conversations
    from chains.live import LiveAnswers
    from components.services import ReadingRoom
    from models.embedding.shelf import DEFAULT
    from rag.answer_desk import DocumentSources
    from rag.answers import DocumentAnswers
    from rag.modes import ROOM, Mode
    from storage.conversations import ConversationStore
    from storage.documents import DocumentStore
    from storage.passages import PassageStore

    store, live, passages = ConversationStore(database), LiveAnswers(), PassageStore(database)
    sources = DocumentSources(searcher, passages, lambda: shelf.get(DEFAULT), lambda: shelf.get(DEFAULT))
    answers = DocumentAnswers(store, room_model, live, sources, settings.max_message_characters)
    conversations = Conversations(store, live, ROOM)
    first_mode = Mode.QUOTE if room_model.num_parameters < FEW_PARAMETERS else Mode.NAIVE
    return ReadingRoom(
        conversations, answers, searcher, DocumentStore(database), passages, room_model, _draw_page, first_mode
    )


def build_measuring_room(
    database: Database, room_model: RoomModel, searcher: Searcher, shelf: EmbedderShelf
) -> MeasuringRoom:
    """What shows and measures how well documents are found."""
    from components.services import MeasuringRoom
    from models.embedding.shelf import DEFAULT
    from rag.document_work import settings_in_force
    from rag.evaluation import Evaluation, EvaluationStores, EvaluationTools
    from rag.evaluation_model import EvaluationModel
    from rag.evaluation_results import EvaluationResults
    from rag.projection import Projection
    from rag.triple_proposals import propose
    from storage.collections import CollectionStore
    from storage.documents import DocumentStore
    from storage.passages import PassageStore
    from storage.ratings import RatedAnswers
    from storage.triples import TripleStore

    def embedder_of(collection: Collection) -> Embedder:
        return shelf.get(settings_in_force(collection).embedder)

    collections, passages, model = CollectionStore(database), PassageStore(database), EvaluationModel(room_model)
    stores = EvaluationStores(collections, DocumentStore(database), passages)
    tools = EvaluationTools(searcher, _split, shelf.get, model.rewrite, lambda: shelf.get(DEFAULT), model.answer)
    return MeasuringRoom(
        Projection(collections, passages, embedder_of),
        embedder_of,
        TripleStore(database),
        Evaluation(stores, tools),
        EvaluationResults(collections),
        RatedAnswers(database),
        partial(propose, room_model),
    )


def _read(document: Document, path: Path, on_progress: Callable[[int, int], None], cancelled: Event) -> Reading:
    from rag.document_reading import DocumentReader

    return DocumentReader(child_environment())(document, path, on_progress, cancelled)


def _open_index(folder: Path) -> ChromaIndex:
    from rag.vector_index import ChromaIndex

    return ChromaIndex(folder)


def _draw_page(path: Path, number: int, spans: Sequence[tuple[int, int]], width: int, cancelled: Event) -> bytes:
    from rag.reading.pictures import draw_page

    return draw_page(path, number, spans, width, Caller(child_environment(), cancelled=cancelled))


def _split(pages: Sequence[Page], settings: CollectionSettings) -> tuple[Chunk, ...]:
    from rag.splitting import split

    return split(pages, settings)


async def _fetch(address: str) -> Fetched:
    client = await asyncio.to_thread(_client)
    return await client.fetch(address)


@cache
def _client() -> GuardedClient:
    from safety.net import GuardedClient

    return GuardedClient()
