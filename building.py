"""Builds the rooms' services from Settings: the one place beside ``app`` that chooses concrete classes.

What takes long to import is imported in functions: some when the page is built, and what reads, cuts and fetches
documents only when the first one comes.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

from settings import Settings, child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from threading import Event

    from components.services import ChatRoom, DocumentsRoom
    from models.engine.protocol import ModelCard
    from models.engine.switch import EngineSwitch
    from rag.document_work import Reading
    from rag.settings import CollectionSettings
    from safety.net import GuardedClient
    from safety.web_address import Fetched
    from storage.database import Database
    from storage.document_records import Chunk, Document, Page


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
    room_model = RoomModel(model, model, name, card.context_tokens, defaults, card.has_chat_template)
    store, notes, live = ConversationStore(database), NoteStore(database), LiveAnswers()
    store.settle_interrupted()
    store.purge(DELETED_FOR)
    replies = Replies(store, notes, room_model, live, settings.max_message_characters)
    templates = TemplateShelf(TemplateLibrary.load(), TemplateStore(database))
    return ChatRoom(Conversations(store, live), replies, templates, notes, room_model)


def build_documents_room(settings: Settings, database: Database) -> DocumentsRoom:
    """The Documents room's services. Nothing is indexed before ``library.start``."""
    from components.services import DocumentsRoom
    from models.embedding.process import EmbeddingWorker
    from models.embedding.shelf import EmbedderKeys, EmbedderShelf
    from rag.document_files import DocumentFiles
    from rag.document_work import Stores, Tools
    from rag.indexing import Indexer
    from rag.library import Library, Limits
    from storage.collections import CollectionStore
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
    library = Library(stores, indexer, _fetch, limits)

    def close() -> None:
        indexer.close()
        shelf.close()

    return DocumentsRoom(library, indexer, limits, shelf.names(), close)


def _read(document: Document, path: Path, on_progress: Callable[[int, int], None], cancelled: Event) -> Reading:
    from rag.document_reading import DocumentReader

    return DocumentReader(child_environment())(document, path, on_progress, cancelled)


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
