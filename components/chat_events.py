"""The events of the Chat room. What is shown comes from ``ChatView``, what is done from the services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from components.chat_tab import ChatParts
from components.chat_view import ChatView
from components.header import model_chip
from components.language import language_of
from components.services import Services
from components.shown_errors import Update, shows_errors
from errors import ConversationNotFound
from storage.conversations import Message, MessageStatus

MAX_STREAMS = 64
SECONDS_BETWEEN_LOOKS = 0.3
# Private is no protection: every handler asks the cookie who is there. It only keeps events out of the API page.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": MAX_STREAMS}


class ChatEvents:
    """Handlers over ``parts``; each yields the components it changes and leaves the others alone."""

    def __init__(self, services: Services, parts: ChatParts) -> None:
        self.services = services
        self._parts = parts

    def wire(self, page: gr.Blocks) -> None:
        """Connect everything. Stopping shows the conversation as the server then has it."""
        parts, given = self._parts, self._parts.conversation_id
        asks: list[Any] = [parts.box.submit(self.send, [parts.box, given], parts.shown, **QUIET)]
        for key, button in parts.examples.items():
            asks.append(button.click(self.sender_of(key), [given], parts.shown, **QUIET))
        parts.box.stop(None, None, None, cancels=asks).then(self.look, [given], parts.shown, **QUIET)
        parts.new.click(None, None, None, cancels=asks).then(self.begin, None, parts.shown, **QUIET)
        opened = page.load(self.look, [given], parts.shown, js="() => tertulia.conversation()", **QUIET)
        opened.then(None, None, None, js="() => tertulia.opened()", api_visibility="private")
        given.change(None, [given], None, js="id => tertulia.keep(id)", api_visibility="private")

    @shows_errors
    async def send(self, text: str, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Ask ``text``; the box keeps it until the service has taken it."""
        if not text.strip():
            return
        language = language_of(request)
        owner = self.services.owners.owner_of(request)
        conversation_id = conversation_id or self.services.conversations.start(owner)
        yield {
            self._parts.status: self.services.catalogue.text(language, "app_status_reading"),
            self._parts.box: gr.Textbox(submit_btn=False, stop_btn=True),
            self._parts.conversation_id: conversation_id,
        }
        view = ChatView(self.services.catalogue, language)
        taken: Update = {self._parts.box: ""}
        async with aclosing(self.services.conversations.reply(owner, conversation_id, text, language)) as answers:
            async for _ in answers:
                yield self._state(view, owner, conversation_id) | taken
                taken = {}
        yield self._state(view, owner, conversation_id) | self._rest(language)

    def sender_of(self, key: str) -> Callable[..., AsyncGenerator[Update, None]]:
        """A handler that asks the example ``key`` in the reader's language."""

        async def send_example(conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
            text = self.services.catalogue.text(language_of(request), key)
            async with aclosing(self.send(text, conversation_id, request)) as states:
                async for state in states:
                    yield state

        return send_example

    @shows_errors
    async def look(self, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show the conversation as the server has it, and on for as long as an answer is being written in it."""
        language = language_of(request)
        owner = self.services.owners.owner_of(request)
        view = ChatView(self.services.catalogue, language)
        try:
            while _is_answering(self.services.conversations.messages(owner, conversation_id)):
                yield self._state(view, owner, conversation_id)
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            yield self._state(view, owner, conversation_id) | self._rest(language)
        except ConversationNotFound:
            yield self._empty() | self._rest(language)

    @shows_errors
    async def begin(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Leave this conversation; the next one is made when its first message is sent."""
        yield self._empty() | self._rest(language_of(request))

    def refused(self, sentence: str) -> Update:
        """What was typed stays in the box."""
        return {
            self._parts.status: f'<span class="refused">{escape(sentence)}</span>',
            self._parts.box: gr.Textbox(submit_btn=True, stop_btn=False),
        }

    def _state(self, view: ChatView, owner: str, conversation_id: str) -> Update:
        messages = self.services.conversations.messages(owner, conversation_id)
        status = view.status(messages, self.services.model_status())
        return {
            self._parts.chat: view.shown(messages),
            self._parts.status: escape(status),
            self._parts.conversation_id: conversation_id,
        }

    def _rest(self, language: str) -> Update:
        """Nothing is running: the box sends again, and the chip shows the last speed."""
        chip = model_chip(self.services.model_status(), self.services.catalogue, language)
        return {self._parts.box: gr.Textbox(submit_btn=True, stop_btn=False), self._parts.chip: chip}

    def _empty(self) -> Update:
        return {self._parts.chat: [], self._parts.status: "", self._parts.conversation_id: ""}


def _is_answering(messages: tuple[Message, ...]) -> bool:
    return bool(messages) and messages[-1].status is MessageStatus.ANSWERING
