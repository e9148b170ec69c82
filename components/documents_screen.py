"""What the Documents room shows of a conversation and its sources, as updates of its components."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from chains.conversations import Shown
from chains.live import LiveAnswer
from components.answer_bars import Peculiar, answer_bars
from components.answer_view import AnswerView, Sources
from components.asked_documents import mode_of
from components.chat_view import MARKS
from components.documents_tab import DocumentsParts
from components.figures_line import figures_line
from components.language import language_of
from components.local_text import LocalText
from components.model_choice import Offered
from components.reading_bar import reading_bar
from components.room_visit import RoomVisit
from components.search_view import search_empty
from components.services import Services
from components.shown_errors import Update
from components.source_view import source_empty
from components.welcome_view import welcome_view
from errors import CollectionNotFound, ConversationNotFound
from rag.answer_desk import DocumentAnswer
from rag.document_record import DocumentRecord, document_record
from rag.modes import DocumentOptions, Mode
from storage.document_records import Collection, Document, DocumentStatus
from storage.records import Message, MessageStatus, Role

STAGES = ("condensing", "searching", "reranking", "writing")
SEARCHABLE = (DocumentStatus.INDEXING, DocumentStatus.READY)
ENDINGS = {MessageStatus.STOPPED: "app_status_stopped", MessageStatus.CUT: "app_documents_status_cut"}


@dataclass(frozen=True)
class Reading(RoomVisit):
    """Of which collection ("" the owner's first); a conversation that is made has ``mode``."""

    collection_id: str
    mode: Mode

    @classmethod
    def of(
        cls,
        services: Services,
        conversation_id: str | None,
        collection_id: str | None,
        request: gr.Request,
        mode: str | None = Mode.NAIVE,
    ) -> Reading:
        """Raises SessionMissing, or OptionInvalid for another mode."""
        owner = services.owners.owner_of(request)
        offered = Offered.to(owner, services.documents.reading.models)
        place = conversation_id or "", language_of(request), collection_id or ""
        return cls(owner, *place, mode_of(mode), offered=offered)


class DocumentsScreen:
    """Updates for one visit. Reads the stores, and so blocks briefly."""

    def __init__(self, services: Services, parts: DocumentsParts, reading: Reading) -> None:
        self._services = services
        self._room = services.documents.reading
        self._library = services.documents.library
        self._parts = parts
        self._reading = reading
        self._text = LocalText(services.catalogue, reading.language)
        self._view = AnswerView(services.catalogue, reading.language)
        self._records: dict[str, DocumentRecord] = {}

    # --- what is there -----------------------------------------------------------------------------------------------

    def read(self) -> Shown:
        """The conversation as it is now. Raises ConversationNotFound, for one of another collection too."""
        shown = self._room.conversations.shown(self._reading.owner, self._reading.conversation_id)
        options = options_of(shown)
        if shown.conversation.room != "documents" or options.collection_id != self.collection().id:
            raise ConversationNotFound
        return shown

    def collection(self) -> Collection:
        """Raises CollectionNotFound."""
        if not self._reading.collection_id:
            return self._library.collections(self._reading.owner)[0]
        return self._library.collection(self._reading.owner, self._reading.collection_id)

    def documents(self) -> tuple[Document, ...]:
        """Those of the collection; none of one that is gone."""
        try:
            return self._library.documents(self._reading.owner, self.collection().id)
        except CollectionNotFound:
            return ()

    def learn(self, shown: Shown) -> None:
        """Read the sources of all answers of the branch."""
        kept = self._room.conversations.records(self._reading.owner, self._reading.conversation_id)
        for message in shown.messages:
            if record := document_record({**kept[message.id], "runs": ()} if message.id in kept else None):
                self._records[message.id] = record
                passages = {one.number: one for one in record.passages}
                self._view.know(message.id, Sources(record.citations, passages, record.mode))

    def hear(self, live: LiveAnswer | None, mode: Mode) -> None:
        """Take the sources of an answer as it stands from ``live``."""
        if isinstance(live, DocumentAnswer):
            passages = {one.number: Given.of(one.number, one.passage) for one in live.given}
            self._view.know(live.message.id, Sources(live.citations, passages, mode))

    # --- the conversation --------------------------------------------------------------------------------------------

    def whole(self, shown: Shown) -> Update:
        """Everything that belongs to the conversation, as it was read."""
        options = options_of(shown)
        self.learn(shown)
        return {
            **self.growing(shown, options.paradigm),
            **self.around(shown),
            **self.panel(options),
            self._parts.reading.mode: str(options.paradigm),
            self._parts.reading.welcome: self.welcome(),
        }

    def empty(self) -> Update:
        """No conversation yet: the next one is made when its first question is asked."""
        parts = self._parts.reading
        return {
            **dict.fromkeys((parts.bars, parts.status, parts.conversation_id), ""),
            parts.chat: [],
            parts.bar: self._bar(None),
            parts.welcome: self.welcome(),
            **self.panel(self.begun(DocumentOptions())),
            **self.rest(),
        }

    def begun(self, options: DocumentOptions) -> DocumentOptions:
        """``options`` as a new conversation begins with them."""
        return self._room.conversations.begun(self._reading.owner, self._reading.offered.names, options)

    def growing(self, shown: Shown, mode: Mode) -> Update:
        """The messages, and a sentence about the last answer."""
        self.hear(shown.live, mode)
        parts = self._parts.reading
        return {
            parts.chat: self._view.shown(shown.messages),
            parts.status: escape(self._status(shown)),
            parts.conversation_id: shown.conversation.id,
        }

    def around(self, shown: Shown) -> Update:
        """What stands above the messages and under each of them."""
        catalogue, language = self._services.catalogue, self._reading.language
        seen = self._view.seen(shown.messages)
        lines = {message.id: figures_line(message.figures, catalogue, language) for message in seen if message.figures}
        compared = {message.id for message in seen if message.steps}
        missed = {one for one, record in self._records.items() if _has_missed(record)}
        bars = answer_bars(seen, shown.tree, is_live(shown), lines, Peculiar(compared, missed), (catalogue, language))
        return {
            self._parts.reading.bar: self._bar(shown),
            self._parts.reading.bars: bars,
        }

    def panel(self, options: DocumentOptions) -> Update:
        """The panel of a conversation of which nothing was looked at."""
        sources, catalogue, language = self._parts.sources, self._services.catalogue, self._reading.language
        return {
            sources.source: source_empty(catalogue, language),
            sources.search: search_empty(catalogue, language),
            sources.glass: self._text.html("app_glass_empty"),
            **self.model(options),
        }

    def model(self, options: DocumentOptions) -> Update:
        """The controls that are different from model to model."""
        sources, offered = self._parts.sources, self._reading.offered
        return {
            **sources.model.update(options, offered, self._text),
            **sources.settings.of(offered.model_in(options)).update(options),
        }

    def welcome(self) -> str:
        """What to ask, or what to do first."""
        return welcome_view(self.documents(), self._services.catalogue, self._reading.language)

    def rest(self) -> Update:
        """Nothing is running: the box sends again."""
        return {self._parts.reading.box: gr.Textbox(submit_btn=True, stop_btn=False)}

    def busy(self) -> Update:
        """An answer is on its way: the box stops it."""
        parts = self._parts.reading
        return {
            parts.status: self._text.html("app_status_reading"),
            parts.box: gr.Textbox(submit_btn=False, stop_btn=True),
        }

    def bar(self, shown: Shown | None) -> Update:
        """The line above the messages alone."""
        return {self._parts.reading.bar: self._bar(shown)}

    def _bar(self, shown: Shown | None) -> str:
        listed = self._room.conversations.listed(self._reading.owner)
        try:
            collection_id = self.collection().id
        except CollectionNotFound:
            collection_id = ""
        earlier = [one for one in listed if one.options.get("collection_id") == collection_id]
        current = shown.conversation if shown else None
        return reading_bar(current, earlier, self._services.catalogue, self._reading.language)

    # --- one sentence ------------------------------------------------------------------------------------------------

    def _status(self, shown: Shown) -> str:
        last = shown.messages[-1] if shown.messages else None
        if last is None or last.role is Role.USER:
            return ""
        if last.status is MessageStatus.ANSWERING:
            return self._under_way(shown.live)
        if last.status is MessageStatus.FAILED:
            return self._text.say("app_status_failed")
        said = [self._text.say(ENDINGS[last.status])] if last.status in ENDINGS else []
        return " ".join([*said, self._summed_up(last, shown.live)])

    def _under_way(self, live: LiveAnswer | None) -> str:
        if live is not None and live.place is not None:
            if live.place.seconds is None:
                return self._text.say("app_status_waiting", place=live.place.place)
            seconds = max(1, round(live.place.seconds))
            return self._text.say("app_status_waiting_seconds", place=live.place.place, seconds=seconds)
        if not isinstance(live, DocumentAnswer) or live.stage not in STAGES:
            return self._text.say("app_status_reading")
        if live.stage == "writing" and not (live.message.text or live.message.steps):
            return self._text.say("app_stage_reading", count=len(live.given))
        count = sum(document.num_chunks for document in self.documents() if document.status in SEARCHABLE)
        return self._text.say(f"app_stage_{live.stage}", count=self._text.count(count))

    def _summed_up(self, message: Message, live: LiveAnswer | None) -> str:
        """How many sentences have a source, once that is known."""
        sources = self._view.sources_of(message.id)
        if sources.mode is Mode.NONE:
            return self._text.say("app_status_no_retrieval")
        if message.id in self._records and _has_missed(self._records[message.id]):
            return self._text.say("app_status_not_found")
        ends = {citation.end for citation in sources.citations if citation.needs_source}
        cited = {citation.end for citation in sources.citations if citation.passage in sources.passages}
        if not ends:
            return self._text.say("app_status_done") if message.status not in MARKS else ""
        key = "app_status_cited_one" if len(ends) == 1 else "app_status_cited"
        return self._text.say(key, count=len(ends & cited), total=len(ends))


@dataclass(frozen=True)
class Given:
    """A passage that a model is reading just now."""

    number: int
    document_name: str
    page: int

    @classmethod
    def of(cls, number: int, passage: Any) -> Given:
        return cls(number, passage.document_name, passage.chunk.page)


def _has_missed(record: DocumentRecord) -> bool:
    """Nothing that answers was found, and the nearest passages were not asked for either."""
    return not record.is_found and not record.passages and record.mode is not Mode.NONE


def options_of(shown: Shown) -> DocumentOptions:
    """What was chosen for the conversation."""
    return DocumentOptions.model_validate(shown.conversation.options)


def is_live(shown: Shown) -> bool:
    """An answer is being written here, perhaps for another tab."""
    messages = shown.messages
    return bool(messages) and messages[-1].status is MessageStatus.ANSWERING
