"""The Chat room's services."""

from __future__ import annotations

from chains.conversations import DELETED_FOR, Conversations
from chains.live import LiveAnswers
from chains.options import SamplingChoice
from chains.replies import Replies
from chains.room_model import RoomModel
from chains.template_library import TemplateLibrary
from chains.template_shelf import TemplateShelf
from components.services import ChatRoom
from models.chat_model import LocalChatModel
from models.engine.protocol import ModelCard
from models.engine.switch import EngineSwitch
from settings import Settings
from storage.conversations import ConversationStore
from storage.database import Database
from storage.notes import NoteStore
from storage.templates import TemplateStore


def build_chat_room(settings: Settings, engine: EngineSwitch, card: ModelCard, database: Database) -> ChatRoom:
    """The Chat room's services over the local model."""
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
