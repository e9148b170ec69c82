"""The Chat room's services."""

from __future__ import annotations

from chains.conversations import DELETED_FOR, Conversations
from chains.live import LiveAnswers
from chains.model_shelf import Models
from chains.replies import Replies
from chains.template_library import TemplateLibrary
from chains.template_shelf import TemplateShelf
from chains.turn_news import TurnListener
from components.services import ChatRoom
from settings import Settings
from storage.claims import Claims
from storage.conversations import ConversationStore
from storage.database import Database
from storage.notes import NoteStore
from storage.templates import TemplateStore


def build_chat_room(settings: Settings, models: Models, database: Database, on_end: TurnListener) -> ChatRoom:
    """The Chat room's services; ``on_end`` hears of each turn."""
    claims = Claims(database)
    store, notes, live = ConversationStore(database), NoteStore(database), LiveAnswers(claims, on_end)
    claims.settle_abandoned()
    store.purge(DELETED_FOR)
    replies = Replies(store, notes, models, live, settings.max_message_characters)
    templates = TemplateShelf(TemplateLibrary.load(), TemplateStore(database))
    return ChatRoom(Conversations(store, live), replies, templates, notes, models)
