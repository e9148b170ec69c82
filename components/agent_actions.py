"""The events of the Agent room that need no model: approvals, and what is done with conversations and answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from typing import Any

import gradio as gr

from agents.approvals import Decision
from chains.conversations import Conversations
from chains.exports.conversation_markdown import to_markdown
from components.agent_desk import AgentDesk
from components.agent_screen import AgentScreen
from components.agent_tab import AgentParts
from components.chat_actions import COPY
from components.chat_screen import Visit
from components.conversation_list import deleted_note
from components.export_words import markdown_words
from components.page_action import PageAction
from components.quick_actions import note_text
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from safety.audit_log import Event, who_is
from safety.surrogates import without_surrogates

Deed = Callable[[AgentScreen, Visit, PageAction], Update]


class AgentActions:
    """Handlers over ``parts``. Each checks the owner; what is another's, or of another room, does not exist."""

    has_toasts = True

    def __init__(self, services: Services, parts: AgentParts) -> None:
        self.services = services
        self._parts = parts
        self._desk = AgentDesk(services, parts)

    def wire(self, shows: list[Any]) -> list[Any]:
        """Connect everything; whatever shows another branch or conversation ends ``shows``, which show this one.

        Returns the events after which something else is shown.
        """
        parts, given = self._parts, self._parts.conversation_id
        moved = parts.bridge.input(self.move, [given], parts.shown, cancels=shows, **QUIET)
        parts.sidebar.new.click(self.begin, [parts.sidebar.search], parts.shown, cancels=shows, **QUIET)
        parts.bridge.select(self.do, [given], self._done, trigger_mode="multiple", **QUIET)
        parts.copied.change(None, [parts.copied], None, js=COPY, api_visibility="private")
        parts.sidebar.search.change(
            self.search,
            [parts.sidebar.search, given],
            [parts.sidebar.entries, parts.status],
            **{**QUIET, "trigger_mode": "always_last"},
        )
        return [moved]

    @property
    def _done(self) -> list[Any]:
        """What ``do`` may change."""
        parts = self._parts
        lists = [parts.sidebar.entries, parts.sidebar.deleted, parts.bar]
        return [*lists, parts.bars, parts.panel.glass, parts.copied, parts.status]

    # --- another conversation or branch ------------------------------------------------------------------------------

    @shows_errors
    async def begin(self, search: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Leave this conversation; the next one is made when its first question is asked."""
        visit = self._desk.visit("", request, without_surrogates(search or ""))
        screen = await self._desk.screen(visit)
        yield await asyncio.to_thread(screen.empty)

    @shows_errors
    async def move(
        self, conversation_id: str, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """Show another conversation, or another branch of this one."""
        action = PageAction(event)
        visit = self._desk.visit(conversation_id, request, action.text("search"))
        moves: dict[str, Callable[[Visit, PageAction], tuple[Visit, Update]]] = {
            "open": lambda at, given: (replace(at, conversation_id=given.text("id")), {}),
            "version": self._show_version,
            "fork": self._fork,
            "undo": self._undo,
            "delete": self._delete,
        }
        if action.name not in moves:
            return
        there, more = await asyncio.to_thread(moves[action.name], visit, action)
        screen = await self._desk.screen(there)
        yield await asyncio.to_thread(self._at, screen, there, visit) | more

    def _at(self, screen: AgentScreen, there: Visit, before: Visit) -> Update:
        """What is shown of the place one has come to."""
        if not there.conversation_id:
            return screen.empty()
        whole = screen.whole(screen.read()) | screen.rest()
        return whole if there == before else whole | screen.no_glass()

    def _show_version(self, visit: Visit, action: PageAction) -> tuple[Visit, Update]:
        self._check(visit)
        self._conversations.show_version(visit.owner, visit.conversation_id, action.text("message"))
        return visit, {}

    def _fork(self, visit: Visit, action: PageAction) -> tuple[Visit, Update]:
        self._check(visit)
        forked = self._conversations.fork(visit.owner, visit.conversation_id, action.text("message"))
        return replace(visit, conversation_id=forked.id), {}

    def _undo(self, visit: Visit, _: PageAction) -> tuple[Visit, Update]:
        self._check(visit)
        text = self._conversations.undo(visit.owner, visit.conversation_id)
        return visit, {self._parts.box: gr.Textbox(value=text, submit_btn=True, stop_btn=False)}

    def _delete(self, visit: Visit, action: PageAction) -> tuple[Visit, Update]:
        self._check(replace(visit, conversation_id=action.text("id")))
        deleted = self._conversations.delete(visit.owner, action.text("id"))
        self.services.audit.note(Event.CONVERSATION_DELETED, who=who_is(visit.owner), conversation=deleted.id)
        note = deleted_note(deleted, self.services.catalogue, visit.language)
        more: Update = {self._parts.sidebar.deleted: f'<div data-bridge="agent">{note}</div>'}
        return (replace(visit, conversation_id="") if deleted.id == visit.conversation_id else visit), more

    # --- everything else ---------------------------------------------------------------------------------------------

    @shows_errors
    async def search(self, text: str | None, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The conversations that hold ``text``."""
        visit = self._desk.visit(conversation_id, request, without_surrogates(text or ""))
        yield await asyncio.to_thread(AgentScreen(self.services, self._parts, visit).lists)

    @shows_errors
    async def do(self, conversation_id: str, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """What leaves the branch as it is. Also while an answer is being written: so its calls are decided about."""
        action, deeds = PageAction(event), self._deeds
        if action.name not in deeds:
            return
        visit = self._desk.visit(conversation_id, request, action.text("search"))
        screen = AgentScreen(self.services, self._parts, visit)
        update = await asyncio.to_thread(deeds[action.name], screen, visit, action)
        if update:  # Gradio takes an empty one for a value
            yield update

    @property
    def _deeds(self) -> dict[str, Deed]:
        return {
            "approve": self._decide,
            "always": self._decide,
            "reject": self._decide,
            "search": lambda screen, *_: screen.lists(),
            "rename": self._rename,
            "pin": self._pin,
            "restore": self._restore,
            "rate": self._rate,
            "glass": self._glass,
            "copy_all": self._copy_all,
            "note": self._note,
        }

    def _decide(self, screen: AgentScreen, visit: Visit, action: PageAction) -> Update:
        screen.read()
        decision = Decision(action.name)
        self.services.agent.answers.decide(visit.owner, visit.conversation_id, action.text("call"), decision)
        return {}

    def _rename(self, screen: AgentScreen, visit: Visit, action: PageAction) -> Update:
        self._check(replace(visit, conversation_id=action.text("id")))
        self._conversations.rename(visit.owner, action.text("id"), action.text("title"))
        return screen.lists() | (screen.bar(screen.read()) if visit.conversation_id else {})

    def _pin(self, screen: AgentScreen, visit: Visit, action: PageAction) -> Update:
        self._check(replace(visit, conversation_id=action.text("id")))
        self._conversations.pin(visit.owner, action.text("id"), is_pinned=action.truth("pinned"))
        return screen.lists()

    def _restore(self, screen: AgentScreen, visit: Visit, action: PageAction) -> Update:
        self._conversations.restore(visit.owner, action.text("id"))
        return screen.lists() | {self._parts.sidebar.deleted: ""}

    def _rate(self, screen: AgentScreen, visit: Visit, action: PageAction) -> Update:
        screen.read()
        rating = action.number("rating") or 0
        self._conversations.rate(visit.owner, visit.conversation_id, action.text("message"), rating)
        return {self._parts.bars: screen.around(screen.read())[self._parts.bars]}

    def _glass(self, screen: AgentScreen, visit: Visit, action: PageAction) -> Update:
        screen.read()
        return screen.glass(action.text("message"))

    def _copy_all(self, screen: AgentScreen, visit: Visit, _: PageAction) -> Update:
        shown = screen.read()
        text = to_markdown(shown.conversation, shown.messages, markdown_words(self.services.catalogue, visit.language))
        moment = datetime.now(UTC).isoformat()  # so that copying the same again is a change, too
        return {self._parts.copied: f"{moment}\n{text}", self._parts.status: self._say("app_copied_all", visit)}

    def _note(self, screen: AgentScreen, visit: Visit, action: PageAction) -> Update:
        """Remember what a question says, in every room."""
        text = note_text(screen.read().tree.message(action.text("message")).text)
        if not text:
            return {}
        self.services.chat.notes.add(visit.owner, text)
        return {self._parts.status: self._say("app_note_kept", visit)}

    def refused(self, sentence: str) -> Update:
        """Nothing was changed; the sentence says why."""
        return {self._parts.status: f'<span class="refused">{escape(sentence)}</span>'}

    def _check(self, visit: Visit) -> None:
        """Raises ConversationNotFound."""
        AgentScreen(self.services, self._parts, visit).read()

    def _say(self, key: str, visit: Visit) -> str:
        return escape(self.services.catalogue.text(visit.language, key))

    @property
    def _conversations(self) -> Conversations:
        return self.services.agent.conversations
