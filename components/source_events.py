"""The events around an answer that need no model: its sources, how they were found, what is behind it, its settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from components.asked_documents import documents_in
from components.documents_options import DocumentsOptions
from components.documents_screen import DocumentsScreen, Reading, options_of
from components.documents_tab import DocumentsParts
from components.glass_box import glass_box
from components.page_action import PageAction
from components.quiet import QUIET
from components.search_view import found_by, found_for, search_empty, search_view
from components.services import ReadingRoom, Services
from components.shown_errors import Update, shows_errors
from components.source_view import Place, source_gone, source_view
from errors import DocumentNotFound, MessageNotFound
from rag.answer_desk import DocumentAnswer
from rag.document_record import KeptPassage, kept_citations
from rag.modes import DocumentOptions
from rag.search import SearchOptions
from safety.surrogates import without_surrogates

NUM_TRIED = 10
MAX_QUERY = 1_000


@dataclass(frozen=True)
class _Cited:
    """One sentence's source: the passage, and what of the page supports the sentence."""

    passage: KeptPassage
    start: int
    end: int
    score: float


class SourceEvents:
    """Handlers over ``parts``. What is another's, or of a conversation that is, does not exist."""

    has_toasts = True

    def __init__(self, services: Services, parts: DocumentsParts, kept: DocumentsOptions) -> None:
        self.services = services
        self._parts = parts
        self._kept = kept

    def wire(self) -> None:
        """Connect everything."""
        parts, sources = self._parts.reading, self._parts.sources
        given = [parts.conversation_id, self._parts.library.collection_id]
        shown = [*sources.shown, parts.bars, parts.status]
        parts.bridge.select(self.act, given, shown, trigger_mode="multiple", **QUIET)
        tried = [sources.query, *given, parts.chosen]
        chosen = "(...given) => [...given.slice(0, -1), tertulia.chosen()]"
        sources.query.submit(self.try_search, tried, [sources.search, parts.status], js=chosen, **QUIET)
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        for name, slider in sources.settings.sliders.items():
            moving = f", '{slider.elem_id}'" if name == "max_tokens" else ""
            limits = f"[[{slider.minimum}, {slider.maximum}{moving}]]"
            within = f"(value, ...rest) => [...tertulia.within([value], {limits}), ...rest]"
            kept = [slider, *given, parts.mode]
            slider.change(self.keeper_of(name), kept, [parts.conversation_id, parts.status], js=within, **newest)

    # --- one answer --------------------------------------------------------------------------------------------------

    @shows_errors
    async def act(
        self, conversation_id: str, collection_id: str, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """What the page's own script asks for; what it never asks for does nothing."""
        action, deeds = PageAction(event), self._deeds
        if action.name in deeds:
            reading = self._reading(conversation_id, collection_id, request)
            yield await asyncio.to_thread(deeds[action.name], reading, action)

    @property
    def _deeds(self) -> dict[str, Callable[[Reading, PageAction], Update]]:
        return {
            "citation": self._citation,
            "source": self._source,
            "found": self._found,
            "glass": self._glass,
            "rate": self._rate,
        }

    def _citation(self, reading: Reading, action: PageAction) -> Update:
        """The source of a sentence, in the page it is from."""
        cited = self._cited(reading, action.text("message"), action.number("citation"))
        one = cited.passage
        place = Place(one.page, cited.start, cited.end, one.number, one.headings, cited.score)
        try:
            return self._page(reading, one.document_id, place)
        except DocumentNotFound:
            gone = source_gone(one.document_name, self.services.catalogue, reading.language)
            return {self._parts.sources.source: gone}

    def _cited(self, reading: Reading, message_id: str, citation: int | None) -> _Cited:
        """Raises MessageNotFound, also for a number that no passage was given under."""
        shown = DocumentsScreen(self.services, self._parts, reading).read()
        record = self._room.answers.record(reading.owner, reading.conversation_id, message_id)
        citations, passages = (record.citations, record.passages) if record else ((), ())
        if record is None and isinstance(shown.live, DocumentAnswer) and shown.live.message.id == message_id:
            citations = kept_citations(shown.live.citations)
            passages = tuple(KeptPassage.of(one.number, one.passage, None) for one in shown.live.given)
        if citation is None or not 0 <= citation < len(citations):
            raise MessageNotFound
        found = citations[citation]
        passage = next((one for one in passages if one.number == found.passage), None)
        if passage is None:
            raise MessageNotFound
        start, end = found.source_start, found.source_end
        if not passage.start <= start < end <= passage.end:
            start, end = passage.start, passage.end
        return _Cited(passage, start, end, found.score)

    def _source(self, reading: Reading, action: PageAction) -> Update:
        """A page of a document, with a stretch of it marked when one is named."""
        start, end = max(0, action.number("start") or 0), max(0, action.number("end") or 0)
        place = Place(max(1, action.number("page") or 1), start, end, max(0, action.number("number") or 0))
        return self._page(reading, action.text("document"), place)

    def _page(self, reading: Reading, document_id: str, place: Place) -> Update:
        document = self._room.documents.get(reading.owner, document_id)
        page = self._room.passages.page(reading.owner, document_id, place.page)
        return {
            self._parts.sources.source: source_view(document, page, place, self.services.catalogue, reading.language)
        }

    def _found(self, reading: Reading, action: PageAction) -> Update:
        """How the sources of an answer were found."""
        screen = DocumentsScreen(self.services, self._parts, reading)
        options, message_id = options_of(screen.read()), action.text("message")
        record = self._room.answers.record(reading.owner, reading.conversation_id, message_id)
        if record is None:
            return {self._parts.sources.search: search_empty(self.services.catalogue, reading.language)}
        there = {document.id for document in screen.documents()}
        found = found_for(record, options.threshold, message_id, there)
        return {self._parts.sources.search: search_view(found, self.services.catalogue, reading.language)}

    def _glass(self, reading: Reading, action: PageAction) -> Update:
        """The prompt, tokens and figures of an answer."""
        DocumentsScreen(self.services, self._parts, reading).read()
        message_id, catalogue, language = action.text("message"), self.services.catalogue, reading.language
        record = self._room.answers.record(reading.owner, reading.conversation_id, message_id)
        if record is None or not record.runs:
            return {self._parts.sources.glass: escape(catalogue.text(language, "app_glass_no_model"))}
        return {self._parts.sources.glass: glass_box(record, catalogue, language, message_id, can_branch=False)}

    def _rate(self, reading: Reading, action: PageAction) -> Update:
        screen = DocumentsScreen(self.services, self._parts, reading)
        screen.read()
        rating = action.number("rating") or 0
        self._room.conversations.rate(reading.owner, reading.conversation_id, action.text("message"), rating)
        return {self._parts.reading.bars: screen.around(screen.read())[self._parts.reading.bars]}

    # --- without a model ---------------------------------------------------------------------------------------------

    @shows_errors
    async def try_search(
        self, query: str | None, conversation_id: str, collection_id: str, chosen: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """What the search alone finds for a question."""
        if not query or not query.strip():
            return
        reading = self._reading(conversation_id, collection_id, request)
        question = without_surrogates(query).strip()[:MAX_QUERY]
        yield await asyncio.to_thread(self._tried, reading, question, documents_in(chosen))

    def _tried(self, reading: Reading, question: str, document_ids: tuple[str, ...]) -> Update:
        screen = DocumentsScreen(self.services, self._parts, reading)
        options = options_of(screen.read()) if reading.conversation_id else DocumentOptions()
        searched = SearchOptions(NUM_TRIED, document_ids, options.diversity, options.threshold)
        report = self._room.searcher.search(reading.owner, screen.collection().id, question, searched)
        found = found_by(report, options.threshold)
        return {self._parts.sources.search: search_view(found, self.services.catalogue, reading.language)}

    # --- settings ----------------------------------------------------------------------------------------------------

    def keeper_of(self, name: str) -> Callable[..., AsyncGenerator[Update, None]]:
        """A handler that keeps the option ``name``, as its control shows it."""

        async def keep_option(
            value: Any, conversation_id: str, collection_id: str, mode: str, request: gr.Request
        ) -> AsyncGenerator[Update, None]:
            async with aclosing(self.keep(name, value, conversation_id, collection_id, mode, request)) as states:
                async for state in states:
                    yield state

        return keep_option

    @shows_errors
    async def keep(
        self, name: str, value: Any, conversation_id: str, collection_id: str, mode: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Keep one option with the conversation; make one if there is none yet."""
        reading = Reading.of(self.services, conversation_id, collection_id, request, mode)
        kept = await asyncio.to_thread(self._keep, reading, name, value)
        yield {self._parts.reading.conversation_id: kept}

    def _keep(self, reading: Reading, name: str, value: Any) -> str:
        """Sliders change when a conversation is opened, too; that changes nothing and makes none."""

        def change(before: DocumentOptions) -> DocumentOptions:
            settings = self._parts.sources.settings.of(reading.offered.model_in(before))
            return before if settings.is_shown(name, value, before) else settings.read(name, value, before)

        return self._kept.change(reading, change).conversation_id

    def refused(self, sentence: str) -> Update:
        """Nothing was changed; the sentence says why."""
        return {self._parts.reading.status: f'<span class="refused">{escape(sentence)}</span>'}

    @property
    def _room(self) -> ReadingRoom:
        return self.services.documents.reading

    def _reading(self, conversation_id: str | None, collection_id: str | None, request: gr.Request) -> Reading:
        return Reading.of(self.services, conversation_id, collection_id, request)
