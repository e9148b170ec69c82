"""The events of the Study tab."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from components.language import language_of
from components.local_text import LocalText
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.shown_line import shown_line
from components.study_panel import StudyParts
from components.visitors import is_a_turn
from errors import NothingToSearch
from rag.key_terms import KeyTerm, key_terms
from rag.study import Growing, StudyProgress, Subject
from safety.shown_text import clean_markdown

MAX_TERM_CHARACTERS = 1_000_000  # of a text, for its key terms: a second of counting


class StudyEvents:
    """Handlers over ``parts``; each asks the cookie who is there."""

    has_toasts = False

    def __init__(self, services: Services, parts: StudyParts) -> None:
        self.services = services
        self._parts = parts
        self._room = services.documents

    def wire(self, collection_id: gr.Textbox) -> None:
        """Connect everything; the documents to choose from are those of the collection that is open."""
        parts = self._parts
        parts.tab.select(
            self.look, [collection_id, parts.document], [parts.document, parts.language, *parts.shown], **QUIET
        )
        given, limited = parts.inputs, {**QUIET, "js": parts.within}
        begun: list[Any] = [
            parts.summarize.click(self.summarize, given, parts.shown, **limited),
            parts.ask.click(self.ask, given, parts.shown, **limited),
            parts.terms.click(self.terms, given, parts.shown, **limited),
        ]
        parts.stop.click(self.rest, None, parts.shown, cancels=begun, **QUIET)

    @shows_errors
    async def look(
        self, collection_id: str | None, chosen: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Offer the documents that have text."""
        owner = self.services.owners.owner_of(request)
        listed = self._room.library.documents
        documents = await asyncio.to_thread(listed, owner, collection_id) if collection_id else ()
        choices = [(shown_name(document.name), document.id) for document in documents if document.num_pages]
        ids = [document_id for _, document_id in choices]
        value = chosen if chosen in ids else next(iter(ids), None)
        update: Update = {self._parts.document: gr.Dropdown(choices=choices, value=value)}
        if not chosen:  # the tab is opened for the first time
            update[self._parts.language] = language_of(request)
        yield update

    @shows_errors
    @is_a_turn
    async def summarize(self, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """Summarize the document or the page, and translate the summary when it is to be in another language."""
        document_id, page, choice = self._parts.read(given)
        subject = Subject(self.services.owners.owner_of(request), document_id, page)
        async for update in self._grow(self._room.study.summarize(subject, choice), request):
            yield update

    @shows_errors
    @is_a_turn
    async def ask(self, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """Questions to learn with."""
        document_id, page, _ = self._parts.read(given)
        subject = Subject(self.services.owners.owner_of(request), document_id, page)
        async for update in self._grow(self._room.study.ask(subject), request):
            yield update

    @shows_errors
    @is_a_turn
    async def terms(self, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """Key terms, by counting: no model."""
        document_id, page, _ = self._parts.read(given)
        owner, text = self.services.owners.owner_of(request), self._words(request)

        def count() -> tuple[KeyTerm, ...]:
            passages = self._room.reading.passages
            pages = passages.pages(owner, document_id) if page is None else (passages.page(owner, document_id, page),)
            return key_terms("\n\n".join(each.text for each in pages)[:MAX_TERM_CHARACTERS])

        found = await asyncio.to_thread(count)
        if not found:
            raise NothingToSearch
        lines = [f"- {clean_markdown(term.text)} ({text.count(term.count)})" for term in found]
        yield self._rested() | {
            self._parts.text: "\n".join(lines),
            self._parts.progress: f"<p>{text.html('app_study_terms_done')}</p>",
        }

    @shows_errors
    async def rest(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Stopped: what was written stays."""
        self.services.owners.owner_of(request)
        yield self._rested() | {self._parts.progress: ""}

    async def _grow(self, growing: Growing, request: gr.Request) -> AsyncGenerator[Update, None]:
        text, begun = self._words(request), time.monotonic()
        yield {
            self._parts.progress: f"<p>{text.html('app_study_beginning')}</p>",
            self._parts.text: "",
            **self._busy(),
        }
        async with aclosing(growing) as states:
            async for state in states:
                yield {
                    self._parts.progress: _progress(state, time.monotonic() - begun, text),
                    self._parts.text: _shown(state, text),
                }
        yield self._rested()

    def _busy(self) -> Update:
        deeds = (self._parts.summarize, self._parts.ask, self._parts.terms)
        return {**{deed: gr.Button(visible=False) for deed in deeds}, self._parts.stop: gr.Button(visible=True)}

    def _rested(self) -> Update:
        deeds = (self._parts.summarize, self._parts.ask, self._parts.terms)
        return {**{deed: gr.Button(visible=True) for deed in deeds}, self._parts.stop: gr.Button(visible=False)}

    def refused(self, sentence: str) -> Update:
        """What was written before stays."""
        return self._rested() | {self._parts.progress: f'<p class="refused" role="alert">{escape(sentence)}</p>'}

    def _words(self, request: gr.Request) -> LocalText:
        return LocalText(self.services.catalogue, language_of(request))


def shown_name(name: str) -> str:
    """A document's name as text of a choice."""
    return " ".join(name.split())[:80]


def _shown(state: StudyProgress, text: LocalText) -> str:
    if not state.original:
        return clean_markdown(state.text)
    heading = clean_markdown(text.say("app_study_original"))
    return f"{clean_markdown(state.text)}\n\n---\n\n*{heading}*\n\n{clean_markdown(state.original)}"


def _progress(state: StudyProgress, seconds: float, text: LocalText) -> str:
    sentence = text.say(f"app_study_stage_{state.stage}", done=text.count(state.done), total=text.count(state.total))
    if not state.total or state.stage == "done":
        return f"<p>{escape(sentence)}</p>"
    if state.done and state.done < state.total:
        left = max(1, round(seconds / state.done * (state.total - state.done)))
        sentence += " " + text.say("app_seconds_left", seconds=left)
    label = shown_line(sentence)
    return f'<p><progress max="{state.total}" value="{state.done}" aria-label="{label}"></progress> {label}</p>'
