"""The events of the Documents room's model: another is chosen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from components.asked_documents import mode_of
from components.documents_options import DocumentsOptions
from components.documents_screen import DocumentsScreen, Reading, options_of
from components.documents_tab import DocumentsParts
from components.model_choice import Offered, choices
from components.model_switch import ModelSwitch, Wish
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from rag.modes import DocumentOptions, Mode


class DocumentsModel:
    """Handlers over ``parts``."""

    has_toasts = False  # it is said where the model is chosen

    def __init__(self, services: Services, parts: DocumentsParts, kept: DocumentsOptions) -> None:
        self.services = services
        self._parts = parts
        self._kept = kept
        self._choice = parts.sources.model
        conversations = services.documents.reading.conversations
        self._switch = ModelSwitch(services, self._choice, parts.reading.status, conversations.is_answering)

    def wire(self) -> list[Any]:
        """Connect everything; returns the events that are about one conversation."""
        reading, choice, sliders = self._parts.reading, self._choice, self._parts.sources.settings.inputs
        given = [reading.conversation_id, self._parts.library.collection_id]
        shown = [reading.conversation_id, reading.status, *choice.shown, *sliders]
        chosen = choice.name.input(
            self.choose, [choice.name, *given, reading.mode], shown, trigger_mode="multiple", **QUIET
        )
        chosen.then(self.confirm, given, [choice.name, choice.cancel, reading.status], **QUIET)
        choice.cancel.click(self.show, given, shown, cancels=[chosen], **QUIET)
        choice.name.focus(self.offer, None, [choice.name, reading.status], **QUIET)
        return [chosen]

    @shows_errors
    async def choose(
        self, name: str | None, conversation_id: str, collection_id: str, mode: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Have the model ready, and then keep it with the conversation; make one if there is none yet."""
        asked, way = Reading.of(self.services, conversation_id, collection_id, request), mode_of(mode)
        with self._switch.told_once(asked.owner, asked.conversation_id, name) as is_first:
            if is_first and await asyncio.to_thread(self._is_new, asked, name):
                async with aclosing(self._chosen(asked, way, name)) as updates:
                    async for update in updates:
                        yield update

    async def _chosen(self, asked: Reading, way: Mode, name: str | None) -> AsyncGenerator[Update, None]:
        reading, before = await asyncio.to_thread(self._kept.begun, asked, way)
        yield {self._parts.reading.conversation_id: reading.conversation_id}
        wish = Wish(reading.owner, reading.conversation_id, str(name or ""), before, reading.offered, reading.language)
        async with aclosing(self._switch.make_ready(wish)) as updates:
            async for update in updates:
                yield update
        if self._switch.is_newest(wish):
            change = _with_model(wish.offered.kept_as(wish.name))
            _, options = await asyncio.to_thread(self._kept.change, reading, way, change)
            yield self._screen(reading).model(options) | {self._parts.reading.status: ""}

    @shows_errors
    async def confirm(
        self, conversation_id: str, collection_id: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """The name of the model that is chosen in the end, and nothing to wait for.

        Sent in an event of its own: the control, when it is left, puts back what was wished for, and would not show
        a name that it had been sent before that.
        """
        reading = Reading.of(self.services, conversation_id, collection_id, request)
        if not self._switch.is_under_way(reading.owner, reading.conversation_id):
            name = reading.offered.name_in(await self._stored(reading))
            yield {self._choice.name: gr.Dropdown(value=name), self._choice.cancel: gr.Button(visible=False)}

    @shows_errors
    async def show(self, conversation_id: str, collection_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The model that the conversation has, after another was not waited for."""
        reading = Reading.of(self.services, conversation_id, collection_id, request)
        yield self._screen(reading).model(await self._stored(reading)) | {self._parts.reading.status: ""}

    @shows_errors
    async def offer(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The models that there are by now."""
        offered = Offered.to(self.services.owners.owner_of(request), self.services.documents.reading.models)
        yield {self._choice.name: gr.Dropdown(choices=choices(offered))}

    def refused(self, sentence: str) -> Update:
        """Nothing was kept; the sentence says why."""
        return {self._parts.reading.status: f'<span class="refused">{escape(sentence)}</span>'}

    async def _stored(self, reading: Reading) -> DocumentOptions:
        screen = self._screen(reading)
        if reading.conversation_id:
            return options_of(await asyncio.to_thread(screen.read))
        return await asyncio.to_thread(screen.begun, DocumentOptions())

    def _is_new(self, reading: Reading, name: str | None) -> bool:
        """Leaving the control tells of its model, too: where there is no conversation yet, that makes none."""
        begun = self._screen(reading).begun
        return bool(reading.conversation_id) or name != reading.offered.name_in(begun(DocumentOptions()))

    def _screen(self, reading: Reading) -> DocumentsScreen:
        return DocumentsScreen(self.services, self._parts, reading)


def _with_model(name: str) -> Callable[[DocumentOptions], DocumentOptions]:
    return lambda before: before.model_copy(update={"model": name, "mode": None} if name != before.model else {})
