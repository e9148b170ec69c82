"""What the Chat room shows of a conversation, as updates of its components."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

import gradio as gr

from chains.conversations import Shown
from chains.note_offers import worth_noting
from chains.options import ConversationOptions
from chains.replies import Measure
from components.chat_tab import ChatParts
from components.chat_view import ChatView
from components.context_meter import context_meter
from components.conversation_list import conversation_list, room_bar
from components.figures_line import figures_line
from components.glass_box import glass_box
from components.header import model_chip
from components.language import language_of
from components.local_text import LocalText
from components.message_bar import message_bars
from components.model_choice import Offered
from components.note_list import note_list, note_offer
from components.room_visit import RoomVisit
from components.services import Services
from components.shown_errors import Update
from components.template_fields import template_fields
from components.template_panel import template_panel
from storage.records import MessageStatus, Role


@dataclass(frozen=True)
class Visit(RoomVisit):
    """``search`` is what is looked for in the list."""

    search: str = ""

    @classmethod
    def of(cls, services: Services, conversation_id: str, request: gr.Request, search: str = "") -> Visit:
        """In the Chat room. Raises SessionMissing."""
        owner = services.owners.owner_of(request)
        offered = Offered.to(owner, services.chat.models)
        return cls(owner, conversation_id, language_of(request), search, offered=offered)


class ChatScreen:
    """Updates for one visit. Reads the stores, and so blocks briefly."""

    def __init__(self, services: Services, parts: ChatParts, visit: Visit) -> None:
        self._services = services
        self._parts = parts
        self._visit = visit
        self._view = ChatView(services.catalogue, visit.language)

    def read(self) -> Shown:
        """The conversation as it is now. Raises ConversationNotFound."""
        return self._services.chat.conversations.shown(self._visit.owner, self._visit.conversation_id)

    def whole(self, shown: Shown) -> Update:
        """Everything that belongs to the conversation."""
        return {
            **self.growing(shown),
            **self.around(shown),
            **self.settings(shown),
            **self.lists(),
            self._parts.panel.glass: self._say("app_glass_empty"),
        }

    def empty(self) -> Update:
        """No conversation yet: the next one is made when its first message is sent, or its first setting changed."""
        parts, options = self._parts, self.begun()
        return {
            **dict.fromkeys((parts.bars, parts.status, parts.conversation_id, parts.offer), ""),
            parts.chat: [],
            parts.bar: room_bar(None, self._services.catalogue, self._visit.language),
            **self._options(options, ""),
            **self.lists(),
            **self.rest(),
            parts.panel.glass: self._say("app_glass_empty"),
        }

    def begun(self) -> ConversationOptions:
        """What a new conversation begins with."""
        visit = self._visit
        return self._services.chat.conversations.begun(visit.owner, visit.offered.names, ConversationOptions())

    def growing(self, shown: Shown) -> Update:
        """The messages, and a sentence about the last answer."""
        status = self._view.status(shown.messages, shown.live, self._services.model_status())
        return {
            self._parts.chat: self._view.shown(shown.messages),
            self._parts.status: escape(status),
            self._parts.conversation_id: shown.conversation.id,
        }

    def around(self, shown: Shown) -> Update:
        """What stands above the messages and under each of them."""
        catalogue, language = self._services.catalogue, self._visit.language
        seen = self._view.seen(shown.messages)
        lines = {message.id: figures_line(message.figures, catalogue, language) for message in seen if message.figures}
        return {
            self._parts.bar: room_bar(shown.conversation if seen else None, catalogue, language),
            self._parts.bars: message_bars(seen, shown.tree, is_live(shown), lines, catalogue, language),
        }

    def settings(self, shown: Shown) -> Update:
        """The controls, as the conversation has them."""
        return self._options(shown.options, shown.conversation.summary)

    def _options(self, options: ConversationOptions, summary: str) -> Update:
        panel = self._parts.panel
        return {
            **self.model(options),
            **panel.memory.recall(options, summary),
            **panel.memory.speakers(options),
            panel.templates: self.templates(options),
            self._parts.fields: template_fields(options.template, {}, self._services.catalogue, self._visit.language),
        }

    def model(self, options: ConversationOptions) -> Update:
        """The controls that are different from model to model."""
        panel, offered = self._parts.panel, self._visit.offered
        model, text = offered.model_in(options), LocalText(self._services.catalogue, self._visit.language)
        return {
            **panel.model.update(options, offered, text),
            **panel.fallback.update(options, offered),
            **panel.sampling.of(model).update(options.sampling),
            panel.memory.mode: model.settled(options).mode,
        }

    def templates(self, options: ConversationOptions) -> str:
        """The prompt templates to choose from, with the one in use."""
        shelf, language = self._services.chat.templates, self._visit.language
        own = shelf.own(self._visit.owner)
        return template_panel(shelf.built_in(language), own, options.template, self._services.catalogue, language)

    def lists(self) -> Update:
        """The owner's conversations, those that hold what is searched for, and notes."""
        catalogue, language, search = self._services.catalogue, self._visit.language, self._visit.search
        listed = self._services.chat.conversations.listed(self._visit.owner, search)
        now = datetime.now(UTC)
        entries = conversation_list(listed, self._visit.conversation_id, now, catalogue, language, search)
        notes = note_list(self._services.chat.notes.listed(self._visit.owner), catalogue, language)
        return {self._parts.sidebar.entries: entries, self._parts.panel.notes: notes}

    def rest(self) -> Update:
        """Nothing is running: the box sends again, and the chip shows the last speed."""
        chip = model_chip(self._services.model_status(), self._services.catalogue, self._visit.language)
        return {self._parts.box: gr.Textbox(submit_btn=True, stop_btn=False), self._parts.chip: chip}

    def busy(self) -> Update:
        """An answer is on its way: the box stops it."""
        return {
            self._parts.status: self._say("app_status_reading"),
            self._parts.box: gr.Textbox(submit_btn=False, stop_btn=True),
            self._parts.offer: "",
        }

    def glass(self, message_id: str) -> Update:
        """What is behind the answer ``message_id``."""
        record = self._services.chat.conversations.record(self._visit.owner, self._visit.conversation_id, message_id)
        if record is None:
            return {self._parts.panel.glass: self._say("app_glass_empty")}
        content = glass_box(record, self._services.catalogue, self._visit.language, message_id)
        return {self._parts.panel.glass: content}

    def offer(self, shown: Shown) -> Update:
        """Proposes a note when the last question holds a lasting fact that is not noted yet."""
        question = next((message for message in reversed(shown.messages) if message.role is Role.USER), None)
        fact = worth_noting(question.text) if question else None
        noted = {note.text for note in self._services.chat.notes.listed(self._visit.owner)}
        if fact is None or fact in noted:
            return {self._parts.offer: ""}
        return {self._parts.offer: note_offer(fact, self._services.catalogue, self._visit.language)}

    def meter(self, measure: Measure) -> str:
        """How full the window is."""
        return context_meter(
            measure.parts, measure.window, measure.reserved, measure.num_left_out,
            self._services.catalogue, self._visit.language,
        )  # fmt: skip

    def _say(self, key: str) -> str:
        return escape(self._services.catalogue.text(self._visit.language, key))


def is_live(shown: Shown) -> bool:
    """An answer is being written here, perhaps for another tab."""
    messages = shown.messages
    return bool(messages) and messages[-1].status is MessageStatus.ANSWERING
