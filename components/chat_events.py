"""The events of the Chat room that have the model write. What is shown comes from ``ChatScreen``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from chains.replies import Answers, Place, Replies
from components.chat_actions import ChatActions
from components.chat_model import ChatModel
from components.chat_options import ChatOptions
from components.chat_screen import ChatScreen, Visit, is_live
from components.chat_settings import ChatSettings
from components.chat_tab import ChatParts
from components.language import language_of
from components.model_choice_events import ModelChoiceEvents
from components.page_action import PageAction
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.visitors import is_a_turn
from errors import ConversationNotFound, MessageNotFound, TertuliaError
from safety.surrogates import without_surrogates

SECONDS_BETWEEN_LOOKS = 0.3
WITH_INPUTS = "(text, id, _) => [text, id, tertulia.inputs()]"
Ask = Callable[[Replies, Place], Answers]


class ChatEvents:
    """Handlers over ``parts``; each yields the components it changes and leaves the others alone."""

    has_toasts = False

    def __init__(self, services: Services, parts: ChatParts) -> None:
        self.services = services
        self._parts = parts

    def wire(self, page: gr.Blocks) -> None:
        """Connect everything. Stopping shows the conversation as the server then has it."""
        parts, given = self._parts, self._parts.conversation_id
        asked = [parts.box, given, parts.inputs]
        asks: list[Any] = [parts.box.submit(self.send, asked, parts.streamed, js=WITH_INPUTS, **QUIET)]
        for key, button in parts.examples.items():
            asks.append(button.click(self.sender_of(key), [given], parts.streamed, **QUIET))
        asks.append(parts.bridge.submit(self.write, [given], [*parts.streamed, parts.panel.glass], **QUIET))
        lists = [parts.sidebar.entries, parts.bar, parts.offer, parts.panel.memory.summary, parts.status, parts.box]
        searched = [given, parts.sidebar.search, parts.panel.memory.summary]
        stopped = parts.box.stop(None, None, None, cancels=asks).then(self.look, [given], parts.shown, **QUIET)
        for ended in [*asks, stopped]:  # what is searched for may have changed while the title was made
            settled = ended.then(self.settle, searched, lists, **QUIET)
            self._measured(settled.then(self.name, searched, lists, **QUIET))
        opened = page.load(self.look, [given], parts.shown, js="() => tertulia.conversation()", **QUIET)
        self._measured(opened.then(None, None, None, js="() => tertulia.opened()", api_visibility="private"))
        given.change(None, [given], None, js="id => tertulia.keep(id)", api_visibility="private")
        typed: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        parts.box.change(self.measure, asked, parts.meter, js=WITH_INPUTS, **typed)
        kept = ChatOptions(self.services, parts)
        chosen = ModelChoiceEvents(self.services, ChatModel(self.services, parts, kept)).wire()
        for moved in ChatActions(self.services, parts).wire([*asks, *chosen]):
            self._measured(moved)
        for changed in [*chosen, *ChatSettings(self.services, parts, kept).wire()]:
            self._measured(changed)

    def _measured(self, after: Any) -> None:
        asked = [self._parts.box, self._parts.conversation_id, self._parts.inputs]
        after.then(self.measure, asked, self._parts.meter, js=WITH_INPUTS, **QUIET)

    # --- asking ------------------------------------------------------------------------------------------------------

    @shows_errors
    @is_a_turn
    async def send(
        self, text: str | None, conversation_id: str, inputs: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Ask ``text``; the box keeps it until the service has taken it."""
        if not text or not text.strip():
            return
        async with aclosing(self._ask({**_fields(inputs), "question": text}, conversation_id, request)) as states:
            async for state in states:
                yield state

    def sender_of(self, key: str) -> Callable[..., AsyncGenerator[Update, None]]:
        """A handler that asks the example ``key`` in the reader's language."""

        async def send_example(conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
            text = self.services.catalogue.text(language_of(request), key)
            async with aclosing(self.send(text, conversation_id, "", request)) as states:
                async for state in states:
                    yield state

        return send_example

    @shows_errors
    @is_a_turn
    async def write(
        self, conversation_id: str, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """What a button under a message asks for: again, edit, resume, token; or ``ask`` of a form without a box."""
        action = PageAction(event)
        if action.name == "ask":
            states = self._ask(_fields(action.text("inputs")), conversation_id, request)
        else:
            states = self._answer(_asked_of_model(action), conversation_id, request, {}, {})
        async with aclosing(states) as updates:
            async for update in updates:
                yield update
        if action.name == "token":  # the glass box goes along to the new version
            screen = ChatScreen(self.services, self._parts, Visit.of(self.services, conversation_id, request))
            shown = await asyncio.to_thread(screen.read)
            yield await asyncio.to_thread(screen.glass, shown.messages[-1].id)

    async def _ask(
        self, inputs: dict[str, str], conversation_id: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        begun: Update = {}
        if not conversation_id:
            conversation_id = await asyncio.to_thread(self._start, Visit.of(self.services, "", request))
            begun = {self._parts.conversation_id: conversation_id}

        def ask(replies: Replies, place: Place) -> Answers:
            return replies.ask(place, inputs)

        async with aclosing(self._answer(ask, conversation_id, request, begun, {self._parts.box: ""})) as states:
            async for state in states:
                yield state

    def _start(self, visit: Visit) -> str:
        options = ChatScreen(self.services, self._parts, visit).begun()
        return self.services.chat.conversations.start(visit.owner, options)

    async def _answer(
        self, ask: Ask, conversation_id: str, request: gr.Request, begun: Update, taken: Update
    ) -> AsyncGenerator[Update, None]:
        """The growing answer; ``begun`` is to be shown at once, ``taken`` when the service has taken the request."""
        visit = Visit.of(self.services, conversation_id, request)
        screen = ChatScreen(self.services, self._parts, visit)
        yield screen.busy() | begun
        place = Place(visit.owner, conversation_id, visit.language)
        shown = None
        async with aclosing(ask(self.services.chat.replies, place)) as answers:
            async for answer in answers:
                if shown is None:
                    shown = await asyncio.to_thread(screen.read)
                    yield screen.growing(shown) | screen.around(shown) | taken
                else:
                    shown = shown.grown(answer)
                    yield screen.growing(shown)
        shown = await asyncio.to_thread(screen.read)
        yield screen.growing(shown) | screen.around(shown) | screen.rest()

    # --- looking -----------------------------------------------------------------------------------------------------

    @shows_errors
    async def look(self, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show the conversation as the server has it, and on for as long as an answer is being written in it."""
        visit = Visit.of(self.services, conversation_id, request)
        screen = ChatScreen(self.services, self._parts, visit)
        try:
            shown = await asyncio.to_thread(screen.read)
            yield await asyncio.to_thread(screen.whole, shown)
            while is_live(shown):
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
                shown = await asyncio.to_thread(screen.read)
                yield screen.growing(shown)
            yield screen.growing(shown) | screen.around(shown) | screen.rest()
        except ConversationNotFound:
            nobody = ChatScreen(self.services, self._parts, replace(visit, conversation_id=""))
            yield await asyncio.to_thread(nobody.empty)

    @shows_errors
    async def settle(
        self, conversation_id: str, search: str | None, summary: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """After an answer: the list with it on top. Ends when the model has made the title and the summary."""
        if not conversation_id:
            return
        screen = self._searched(conversation_id, search, request)
        try:
            shown = await asyncio.to_thread(screen.read)
            yield await asyncio.to_thread(screen.offer, shown) | await asyncio.to_thread(self._named, screen, summary)
        except ConversationNotFound:  # deleted meanwhile, and whoever did so knows
            return
        await self.services.chat.replies.background.settled(conversation_id)

    @shows_errors
    async def name(
        self, conversation_id: str, search: str | None, summary: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Show what the model has made after an answer."""
        if not conversation_id:
            return
        screen = self._searched(conversation_id, search, request)
        try:
            yield await asyncio.to_thread(self._named, screen, summary)
        except ConversationNotFound:
            return

    def _searched(self, conversation_id: str, search: str | None, request: gr.Request) -> ChatScreen:
        visit = Visit.of(self.services, conversation_id, request, without_surrogates(search or ""))
        return ChatScreen(self.services, self._parts, visit)

    def _named(self, screen: ChatScreen, summary: str | None) -> Update:
        """``summary`` is left alone where it is the newest: somebody may be rewriting it."""
        shown = screen.read()
        changed: Update = {
            self._parts.sidebar.entries: screen.lists()[self._parts.sidebar.entries],
            self._parts.bar: screen.around(shown)[self._parts.bar],
        }
        if shown.conversation.summary != summary:
            changed[self._parts.panel.memory.summary] = gr.Textbox(value=shown.conversation.summary)
        return changed

    async def measure(self, text: str, conversation_id: str, inputs: str, request: gr.Request) -> str:
        """The context meter for what stands in the box; of what cannot be measured it says nothing."""
        try:
            visit = Visit.of(self.services, conversation_id, request)
            screen = ChatScreen(self.services, self._parts, visit)
            options = None if conversation_id else await asyncio.to_thread(screen.begun)
            measure = await self.services.chat.replies.measure(
                Place(visit.owner, conversation_id, visit.language), {**_fields(inputs), "question": text}, options
            )
        except TertuliaError:
            return ""
        return screen.meter(measure)

    def refused(self, sentence: str) -> Update:
        """What was typed stays in the box."""
        return {
            self._parts.status: f'<span class="refused" role="alert">{escape(sentence)}</span>',
            self._parts.box: gr.Textbox(submit_btn=True, stop_btn=False),
        }


def _asked_of_model(action: PageAction) -> Ask:
    """What the page asks the model to write. Raises MessageNotFound for what is no request of ours."""
    message_id, text = action.text("message"), action.text("text")
    token, other = action.number("token"), action.number("other")
    if action.name == "again":
        return lambda replies, place: replies.again(place, message_id)
    if action.name == "resume":
        return lambda replies, place: replies.resume(place, message_id)
    if action.name == "edit" and text.strip():
        return lambda replies, place: replies.edit(place, message_id, text)
    if action.name == "token" and token is not None and other is not None:
        return lambda replies, place: replies.branch(place, message_id, token, other)
    raise MessageNotFound


def _fields(inputs: str) -> dict[str, str]:
    """The variables of a template's form, as the page's script gathered them."""
    try:
        fields = json.loads(inputs or "{}")
    except (json.JSONDecodeError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in fields.items()} if isinstance(fields, dict) else {}
