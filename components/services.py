"""What the page needs from the program around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chains.conversations import Conversations
from chains.replies import Replies
from chains.room_model import RoomModel
from chains.template_shelf import TemplateShelf
from components.catalogue import Catalogue
from components.owner import OwnerCookie
from models.status import ModelStatus
from rag.indexing import Indexer
from rag.library import Library, Limits
from storage.notes import NoteStore


@dataclass(frozen=True)
class ChatRoom:
    """What the Chat room is made of."""

    conversations: Conversations
    replies: Replies
    templates: TemplateShelf
    notes: NoteStore
    model: RoomModel


@dataclass(frozen=True)
class DocumentsRoom:
    """What the Documents room is made of. ``embedders`` are the names that a collection may be embedded with.

    ``close`` ends what works in the background.
    """

    library: Library
    indexer: Indexer
    limits: Limits
    embedders: tuple[str, ...]
    close: Callable[[], None]


@dataclass(frozen=True)
class Services:
    """``model_status`` answers at once, without asking the model."""

    chat: ChatRoom
    documents: DocumentsRoom
    model_status: Callable[[], ModelStatus]
    catalogue: Catalogue
    owners: OwnerCookie
