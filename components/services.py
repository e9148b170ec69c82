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
class Services:
    """``model_status`` answers at once, without asking the model."""

    chat: ChatRoom
    model_status: Callable[[], ModelStatus]
    catalogue: Catalogue
    owners: OwnerCookie
