"""The events of the Agent room's model: another is chosen, or what is done when it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from agents.options import AgentOptions
from components.agent_desk import AgentDesk
from components.agent_kept import AgentKept, Change
from components.agent_screen import AgentScreen, options_of
from components.agent_tab import AgentParts
from components.chat_screen import Visit
from components.fallback_controls import FallbackControls, with_fallback
from components.model_choice import choices
from components.model_switch import ModelSwitch, Wish
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors


class AgentModel:
    """Handlers over ``parts``."""

    has_toasts = False  # it is said where the model is chosen

    def __init__(self, services: Services, parts: AgentParts, kept: AgentKept) -> None:
        self.services = services
        self._parts = parts
        self._kept = kept
        self._desk = AgentDesk(services, parts)
        self._choice = parts.panel.model
        self._switch = ModelSwitch(services, self._choice, parts.status, services.agent.conversations.is_answering)

    def wire(self) -> list[Any]:
        """Connect everything; returns the events that are about one conversation."""
        parts, given, choice, fallback = self._parts, self._parts.conversation_id, self._choice, self._fallback
        shown = [given, parts.status, *choice.shown, *fallback.shown, parts.panel.chosen]
        chosen = choice.name.input(self.choose, [choice.name, given], shown, trigger_mode="multiple", **QUIET)
        chosen.then(self.confirm, [given], [choice.name, choice.cancel, parts.status], **QUIET)
        choice.cancel.click(self.show, [given], shown, cancels=[chosen], **QUIET)
        for control in (choice.name, fallback.fallbacks):
            control.focus(self.offer, None, [choice.name, fallback.fallbacks, parts.status], **QUIET)
        fallback.wire(self.keeper_of, [given], [given, parts.status])
        return [chosen]

    @shows_errors
    async def choose(self, name: str | None, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Have the model ready, and then keep it with the conversation; make one if there is none yet."""
        asked = self._desk.visit(conversation_id, request)
        with self._switch.told_once(asked.owner, asked.conversation_id, name) as is_first:
            if is_first and await asyncio.to_thread(self._is_new, asked, name):
                async with aclosing(self._chosen(asked, name)) as updates:
                    async for update in updates:
                        yield update

    async def _chosen(self, asked: Visit, name: str | None) -> AsyncGenerator[Update, None]:
        visit, before = await asyncio.to_thread(self._kept.begun, asked)
        yield {self._parts.conversation_id: visit.conversation_id}
        wish = Wish(visit.owner, visit.conversation_id, str(name or ""), before, visit.offered, visit.language)
        async with aclosing(self._switch.make_ready(wish)) as updates:
            async for update in updates:
                yield update
        if self._switch.is_newest(wish):
            change = _with_model(wish.offered.kept_as(wish.name))
            _, options = await asyncio.to_thread(self._kept.change, visit, change)
            yield self._screen(visit).model(options) | {self._parts.status: ""}

    @shows_errors
    async def confirm(self, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The name of the model that is chosen in the end, and nothing to wait for.

        Sent in an event of its own: the control, when it is left, puts back what was wished for, and would not show
        a name that it had been sent before that.
        """
        visit = self._desk.visit(conversation_id, request)
        if not self._switch.is_under_way(visit.owner, visit.conversation_id):
            name = visit.offered.name_in(await self._stored(visit))
            yield {self._choice.name: gr.Dropdown(value=name), self._choice.cancel: gr.Button(visible=False)}

    @shows_errors
    async def show(self, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The model that the conversation has, after another was not waited for."""
        visit = self._desk.visit(conversation_id, request)
        yield self._screen(visit).model(await self._stored(visit)) | {self._parts.status: ""}

    @shows_errors
    async def offer(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The models that there are by now."""
        there = choices(self._desk.visit("", request).offered)
        yield {self._choice.name: gr.Dropdown(choices=there), self._fallback.fallbacks: gr.Dropdown(choices=there)}

    def keeper_of(self, name: str) -> Callable[..., AsyncGenerator[Update, None]]:
        """A handler that keeps the option ``name``, as its control shows it."""

        async def keep_option(value: Any, conversation_id: str, request: gr.Request) -> AsyncGenerator[Update, None]:
            async with aclosing(self.keep(name, value, conversation_id, request)) as states:
                async for state in states:
                    yield state

        return keep_option

    @shows_errors
    async def keep(
        self, name: str, value: Any, conversation_id: str, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Keep which models stand in, or how often one is asked again."""
        visit = self._desk.visit(conversation_id, request)

        def change(before: AgentOptions) -> AgentOptions:
            return before.model_copy(update=with_fallback(name, value, before, visit.offered))

        kept, _ = await asyncio.to_thread(self._kept.change, visit, change)
        yield {self._parts.conversation_id: kept, self._parts.status: ""}

    def refused(self, sentence: str) -> Update:
        """Nothing was kept; the sentence says why."""
        return {self._parts.status: f'<span class="refused">{escape(sentence)}</span>'}

    @property
    def _fallback(self) -> FallbackControls:
        return self._parts.panel.fallback

    async def _stored(self, visit: Visit) -> AgentOptions:
        screen = self._screen(visit)
        if visit.conversation_id:
            return options_of(await asyncio.to_thread(screen.read))
        return await asyncio.to_thread(screen.begun)

    def _is_new(self, visit: Visit, name: str | None) -> bool:
        """Leaving the control tells of its model, too: where there is no conversation yet, that makes none."""
        return bool(visit.conversation_id) or name != visit.offered.name_in(self._screen(visit).begun())

    def _screen(self, visit: Visit) -> AgentScreen:
        return AgentScreen(self.services, self._parts, visit)


def _with_model(name: str) -> Change:
    return lambda before: before.model_copy(update={"model": name})
