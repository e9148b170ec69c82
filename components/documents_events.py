"""The events of the Documents room that have the model write, and those that show what was written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from chains.replies import Place
from components.asked_documents import documents_in
from components.documents_model import DocumentsModel
from components.documents_options import DocumentsOptions
from components.documents_screen import DocumentsScreen, Reading, is_live, options_of
from components.documents_tab import DocumentsParts
from components.model_choice_events import ModelChoiceEvents
from components.page_action import PageAction
from components.quiet import QUIET
from components.services import ReadingRoom, Services
from components.shown_errors import Update, shows_errors
from components.source_events import SourceEvents
from components.visitors import is_a_turn
from errors import CollectionNotFound, ConversationNotFound, MessageNotFound
from rag.answer_desk import Growing
from rag.answers import DocumentAnswers
from safety.audit_log import Event, who_is

SECONDS_BETWEEN_LOOKS = 0.3
WITH_CHOSEN = "(...given) => [...given.slice(0, -1), tertulia.chosen()]"
KEPT = "(id, collection) => [tertulia.reading() || id, collection]"
Ask = Callable[[DocumentAnswers, Place], Growing]


class DocumentsEvents:
    """Handlers over ``parts``; each yields the components it changes and leaves the others alone."""

    has_toasts = False

    def __init__(self, services: Services, parts: DocumentsParts) -> None:
        self.services = services
        self._parts = parts
        self._kept = DocumentsOptions(services, parts)

    def wire(self) -> None:
        """Connect everything. Stopping shows the conversation as the server then has it."""
        parts, given = self._parts.reading, self._where
        asked = [parts.box, *given, parts.mode, parts.chosen]
        asks: list[Any] = [parts.box.submit(self.send, asked, parts.streamed, js=WITH_CHOSEN, **QUIET)]
        asks.append(parts.bridge.submit(self.write, asked[1:], parts.streamed, js=WITH_CHOSEN, **QUIET))
        parts.box.stop(None, None, None, cancels=asks).then(self.look, given, self._shown, **QUIET)
        asks += ModelChoiceEvents(self.services, DocumentsModel(self.services, self._parts, self._kept)).wire()
        parts.bridge.input(self.move, given, self._shown, cancels=asks, **QUIET)
        opened: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        self._parts.library.collection_id.change(self.look, given, self._shown, js=KEPT, cancels=asks, **opened)
        parts.conversation_id.change(
            None, [parts.conversation_id], None, js="id => tertulia.keepReading(id)", api_visibility="private"
        )
        self._parts.library.documents.change(self.greet, given, [parts.welcome, parts.status, parts.box], **opened)
        parts.mode.input(self.choose, [*given, parts.mode], [parts.status, parts.box], **opened)
        SourceEvents(self.services, self._parts, self._kept).wire()

    @property
    def _where(self) -> list[Any]:
        return [self._parts.reading.conversation_id, self._parts.library.collection_id]

    @property
    def _shown(self) -> list[Any]:
        return [*self._parts.reading.shown, *self._parts.sources.shown]

    # --- asking ------------------------------------------------------------------------------------------------------

    @shows_errors
    @is_a_turn
    async def send(
        self, text: str | None, conversation_id: str, collection_id: str, mode: str, chosen: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Ask ``text``; the box keeps it until the service has taken it."""
        if not text or not text.strip():
            return
        reading = self._reading(conversation_id, collection_id, request, mode)
        async with aclosing(self._ask(text, reading, documents_in(chosen))) as states:
            async for state in states:
                yield state

    @shows_errors
    @is_a_turn
    async def write(
        self, conversation_id: str, collection_id: str, mode: str, chosen: str, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """What a button asks for: an example of a question, or another version of an answer."""
        action = PageAction(event)
        reading, ids = self._reading(conversation_id, collection_id, request, mode), documents_in(chosen)
        if action.name == "ask" and action.text("text").strip():
            states = self._ask(action.text("text"), reading, ids)
        elif action.name in ("again", "anyway"):
            message_id, anyway = action.text("message"), action.name == "anyway"
            states = self._answer(
                lambda answers, at: answers.again(at, message_id, reading.mode, ids, anyway=anyway), reading, {}, {}
            )
        else:
            raise MessageNotFound
        async with aclosing(states) as updates:
            async for update in updates:
                yield update

    async def _ask(self, text: str, reading: Reading, ids: tuple[str, ...]) -> AsyncGenerator[Update, None]:
        begun: Update = {}
        if not reading.conversation_id:
            reading, _ = await asyncio.to_thread(self._kept.begun, reading)
            begun = {self._parts.reading.conversation_id: reading.conversation_id}
        taken: Update = {self._parts.reading.box: ""}
        states = self._answer(lambda answers, at: answers.ask(at, text, reading.mode, ids), reading, begun, taken)
        async with aclosing(states) as updates:
            async for update in updates:
                yield update

    async def _answer(self, ask: Ask, reading: Reading, begun: Update, taken: Update) -> AsyncGenerator[Update, None]:
        """The growing answer; ``begun`` is to be shown at once, ``taken`` when the service has taken the request."""
        screen, mode = self._screen(reading), reading.mode
        await asyncio.to_thread(screen.read)
        yield screen.busy() | begun
        shown = None
        place = Place(reading.owner, reading.conversation_id, reading.language)
        async with aclosing(ask(self._room.answers, place)) as answers:
            async for answer in answers:
                if shown is None:
                    shown = await asyncio.to_thread(screen.read)
                    await asyncio.to_thread(screen.learn, shown)
                    yield screen.growing(shown.grown(answer), mode) | screen.around(shown) | taken
                else:
                    shown = shown.grown(answer)
                    yield screen.growing(shown, mode)
        shown = await asyncio.to_thread(screen.read)
        await asyncio.to_thread(screen.learn, shown)
        yield screen.growing(shown, mode) | screen.around(shown) | screen.rest()

    # --- looking -----------------------------------------------------------------------------------------------------

    @shows_errors
    async def look(self, conversation_id: str, collection_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show the conversation as the server has it, and on for as long as an answer is being written in it."""
        reading = self._reading(conversation_id, collection_id, request)
        screen = self._screen(reading)
        try:
            shown = await asyncio.to_thread(screen.read)
            mode = options_of(shown).paradigm
            yield await asyncio.to_thread(screen.whole, shown)
            while is_live(shown):
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
                shown = await asyncio.to_thread(screen.read)
                yield screen.growing(shown, mode)
            await asyncio.to_thread(screen.learn, shown)
            yield screen.growing(shown, mode) | screen.around(shown) | screen.rest()
        except (ConversationNotFound, CollectionNotFound):
            nobody = self._screen(replace(reading, conversation_id=""))
            yield await asyncio.to_thread(nobody.empty)

    @shows_errors
    async def move(
        self, conversation_id: str, collection_id: str, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """Show another conversation, none yet, or another version of an answer."""
        action = PageAction(event)
        reading = self._reading(conversation_id, collection_id, request)
        if action.name in ("new", "open"):
            reading = replace(reading, conversation_id=action.text("id") if action.name == "open" else "")
        elif action.name == "version":
            show = self._room.conversations.show_version
            await asyncio.to_thread(self._screen(reading).read)
            await asyncio.to_thread(show, reading.owner, reading.conversation_id, action.text("message"))
        elif action.name == "delete":
            gone = await asyncio.to_thread(self._deleted, reading, action.text("id"))
            if gone != reading.conversation_id:
                yield await asyncio.to_thread(self._listed, reading)
                return
            reading = replace(reading, conversation_id="")
        else:
            return
        screen = self._screen(reading)
        if not reading.conversation_id:
            yield await asyncio.to_thread(screen.empty)
            return
        shown = await asyncio.to_thread(screen.read)
        yield await asyncio.to_thread(screen.whole, shown) | screen.rest()

    def _deleted(self, reading: Reading, conversation_id: str) -> str:
        self._screen(replace(reading, conversation_id=conversation_id)).read()
        deleted = self._room.conversations.delete(reading.owner, conversation_id)
        self.services.audit.note(Event.CONVERSATION_DELETED, who=who_is(reading.owner), conversation=deleted.id)
        return deleted.id

    def _listed(self, reading: Reading) -> Update:
        screen = self._screen(reading)
        return screen.bar(screen.read() if reading.conversation_id else None)

    @shows_errors
    async def greet(
        self, conversation_id: str, collection_id: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """What there is to ask, now that other documents are there."""
        screen = self._screen(self._reading(conversation_id, collection_id, request))
        yield {self._parts.reading.welcome: await asyncio.to_thread(screen.welcome)}

    @shows_errors
    async def choose(
        self, conversation_id: str, collection_id: str, mode: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Keep the mode with the conversation; of none yet, it is kept when it begins."""
        if conversation_id:
            reading = self._reading(conversation_id, collection_id, request, mode)
            await asyncio.to_thread(self._keep_mode, reading)
        yield {self._parts.reading.status: ""}

    def _keep_mode(self, reading: Reading) -> None:
        self._kept.change(reading, lambda options: options.model_copy(update={"paradigm": reading.mode}))

    def refused(self, sentence: str) -> Update:
        """What was typed stays in the box."""
        return {
            self._parts.reading.status: f'<span class="refused" role="alert">{escape(sentence)}</span>',
            self._parts.reading.box: gr.Textbox(submit_btn=True, stop_btn=False),
        }

    @property
    def _room(self) -> ReadingRoom:
        return self.services.documents.reading

    def _reading(
        self, conversation_id: str | None, collection_id: str | None, request: gr.Request, *mode: str | None
    ) -> Reading:
        return Reading.of(self.services, conversation_id, collection_id, request, *mode)

    def _screen(self, reading: Reading) -> DocumentsScreen:
        return DocumentsScreen(self.services, self._parts, reading)
