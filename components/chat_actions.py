"""The events of the Chat room that need no model: what is done with conversations, messages, notes and templates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from chains.conversations import Conversations
from chains.exports.conversation_json import from_json
from components.chat_screen import ChatScreen, Visit
from components.chat_tab import ChatParts
from components.conversation_list import deleted_note
from components.page_action import PageAction
from components.quick_actions import QuickActions
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.visitors import Count, asker_of
from errors import ImportNotOurs
from safety.audit_log import Event, who_is
from safety.surrogates import without_surrogates

COPY = "text => tertulia.copy(text)"


class ChatActions:
    """Handlers over ``parts``. Each checks the owner, and what is not the owner's does not exist."""

    has_toasts = True

    def __init__(self, services: Services, parts: ChatParts) -> None:
        self.services = services
        self._parts = parts

    def wire(self, asks: list[Any]) -> list[Any]:
        """Connect everything; whatever shows another branch or conversation ends ``asks``, which write to this one.

        Returns the events after which the prompt is another.
        """
        parts, given = self._parts, self._parts.conversation_id
        moved = parts.bridge.input(self.move, [given], parts.shown, cancels=asks, **QUIET)
        began = parts.sidebar.new.click(self.begin, [parts.sidebar.search], parts.shown, cancels=asks, **QUIET)
        done = parts.bridge.select(self.do, [given], parts.shown, trigger_mode="multiple", **QUIET)
        parts.copied.change(None, [parts.copied], None, js=COPY, api_visibility="private")
        parts.sidebar.search.change(
            self.search,
            [parts.sidebar.search, given],
            [parts.sidebar.entries, parts.status],
            **{**QUIET, "trigger_mode": "always_last"},
        )
        changed = [moved, began, done]
        if (upload := parts.sidebar.upload) is not None:
            changed.append(upload.upload(self.take, [upload], parts.shown, cancels=asks, **QUIET))
        return changed

    # --- another conversation or branch ------------------------------------------------------------------------------

    @shows_errors
    async def begin(self, search: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Leave this conversation; the next one is made when its first message is sent."""
        yield await asyncio.to_thread(self._screen("", request, without_surrogates(search or "")).empty)

    @shows_errors
    async def move(
        self, conversation_id: str, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """Show another conversation, or another branch of this one."""
        action = PageAction(event)
        visit = self._visit(conversation_id, request, action.text("search"))
        moves: dict[str, Callable[[Visit, PageAction], Update]] = {
            "open": lambda at, given: self._open(replace(at, conversation_id=given.text("id"))),
            "version": self._show_version,
            "fork": self._fork,
            "undo": self._undo,
            "delete": self._delete,
        }
        if action.name in moves:
            yield await asyncio.to_thread(moves[action.name], visit, action)

    def _open(self, visit: Visit) -> Update:
        screen = ChatScreen(self.services, self._parts, visit)
        return screen.whole(screen.read()) | screen.rest()

    def _show_version(self, visit: Visit, action: PageAction) -> Update:
        self._conversations.show_version(visit.owner, visit.conversation_id, action.text("message"))
        return self._branch(visit)

    def _fork(self, visit: Visit, action: PageAction) -> Update:
        forked = self._conversations.fork(visit.owner, visit.conversation_id, action.text("message"))
        return self._open(replace(visit, conversation_id=forked.id))

    def _undo(self, visit: Visit, _: PageAction) -> Update:
        text = self._conversations.undo(visit.owner, visit.conversation_id)
        box = gr.Textbox(value=text, submit_btn=True, stop_btn=False)
        return self._branch(visit) | {self._parts.box: box}

    def _delete(self, visit: Visit, action: PageAction) -> Update:
        deleted = self._conversations.delete(visit.owner, action.text("id"))
        self.services.audit.note(Event.CONVERSATION_DELETED, who=who_is(visit.owner), conversation=deleted.id)
        note = deleted_note(deleted, self.services.catalogue, visit.language)
        if deleted.id == visit.conversation_id:
            nobody = ChatScreen(self.services, self._parts, replace(visit, conversation_id=""))
            return nobody.empty() | {self._parts.sidebar.deleted: note}
        return ChatScreen(self.services, self._parts, visit).lists() | {self._parts.sidebar.deleted: note}

    def _branch(self, visit: Visit) -> Update:
        screen = ChatScreen(self.services, self._parts, visit)
        shown = screen.read()
        return screen.growing(shown) | screen.around(shown) | screen.rest()

    @shows_errors
    async def take(self, path: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Keep an exported conversation as a new one. The uploaded file is gone afterwards."""
        visit = self._visit("", request)
        if path is None:
            raise ImportNotOurs
        self.services.visitors.take(Count.UPLOAD, asker_of(self.services, request))
        file = Path(path)

        def keep() -> str:
            try:
                return self._conversations.add(visit.owner, *from_json(file.read_bytes())).id
            finally:
                file.unlink(missing_ok=True)

        conversation_id = await asyncio.to_thread(keep)
        yield await asyncio.to_thread(self._open, replace(visit, conversation_id=conversation_id))

    # --- everything else ---------------------------------------------------------------------------------------------

    @shows_errors
    async def search(self, text: str | None, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The conversations that hold ``text``."""
        screen = self._screen(conversation_id, request, without_surrogates(text or ""))
        lists = await asyncio.to_thread(screen.lists)
        yield {self._parts.sidebar.entries: lists[self._parts.sidebar.entries]}

    @shows_errors
    async def do(self, conversation_id: str, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """What leaves the branch as it is."""
        action = PageAction(event)
        visit = self._visit(conversation_id, request, action.text("search"))
        update = await asyncio.to_thread(QuickActions(self.services, self._parts, visit).run, action)
        if update:  # Gradio takes an empty one for a value
            yield update

    def refused(self, sentence: str) -> Update:
        """Nothing was changed; the sentence says why."""
        return {self._parts.status: f'<span class="refused">{escape(sentence)}</span>'}

    @property
    def _conversations(self) -> Conversations:
        return self.services.chat.conversations

    def _visit(self, conversation_id: str, request: gr.Request, search: str = "") -> Visit:
        return Visit.of(self.services, conversation_id, request, search)

    def _screen(self, conversation_id: str, request: gr.Request, search: str = "") -> ChatScreen:
        return ChatScreen(self.services, self._parts, self._visit(conversation_id, request, search))
