"""The events of the Agent room's controls: what was chosen is kept with the conversation at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from agents.options import AgentOptions
from chains.options import MemoryKind
from components.agent_desk import AgentDesk
from components.agent_kept import AgentKept, Change
from components.agent_screen import AgentScreen
from components.agent_tab import AgentParts
from components.chat_screen import Visit
from components.page_action import PageAction
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from errors import OptionInvalid


class AgentSettings:
    """Handlers over the panel's controls and the switches of the tools."""

    has_toasts = True

    def __init__(self, services: Services, parts: AgentParts, kept: AgentKept) -> None:
        self.services = services
        self._parts = parts
        self._desk = AgentDesk(services, parts)
        self._kept = kept

    def wire(self) -> None:
        """Connect everything."""
        parts, panel = self._parts, self._parts.panel
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        shown = [parts.conversation_id, parts.status, parts.tools, panel.chosen]
        shown += [panel.recall.window_turns, panel.recall.summary]
        for name, control in panel.inputs.items():
            # The reset of a slider is no input to Gradio; the others change, too, when a conversation is opened.
            is_slider = isinstance(control, gr.Slider)
            listen = control.change if is_slider else control.input
            limits = f"[[{control.minimum}, {control.maximum}]]" if is_slider else "[null]"
            within = f"(value, id) => [...tertulia.within([value], {limits}), id]"
            listen(self.keeper_of(name), [control, parts.conversation_id], shown, js=within, **newest)
        written = [parts.conversation_id, panel.recall.summary]
        panel.recall.summary.change(self.write_summary, written, [parts.status], **newest)
        parts.bridge.click(self.switch, [parts.conversation_id], shown, trigger_mode="multiple", **QUIET)

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
        """Keep one option with the conversation; make one if there is none yet."""
        visit = self._desk.visit(conversation_id, request)
        async with aclosing(self._keep(visit, lambda options: self._parts.panel.read(name, value, options))) as updates:
            async for update in updates:
                yield update

    @shows_errors
    async def switch(
        self, conversation_id: str, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """Switch a tool on or off, or ask again before its calls."""
        action, visit = PageAction(event), self._desk.visit(conversation_id, request)
        name = action.text("tool")
        known = {tool.name for tool in await self.services.agent.answers.tools(visit.owner, visit.language)}
        if name not in known:
            raise OptionInvalid
        changes: dict[str, Change] = {
            "tool": lambda options: _switched(options, name, is_on=action.truth("on")),
            "ask_again": lambda options: _without(options, name),
        }
        if action.name not in changes:
            return
        async with aclosing(self._keep(visit, changes[action.name])) as updates:
            async for update in updates:
                yield update

    async def _keep(self, visit: Visit, change: Change) -> AsyncGenerator[Update, None]:
        conversation_id, options, is_new = await asyncio.to_thread(self._kept.change, visit, change)
        screen = await self._desk.screen(visit)
        chosen = await asyncio.to_thread(screen.chosen, options)
        recall = self._parts.panel.recall
        if is_new:
            yield {self._parts.status: ""}
        yield {
            self._parts.conversation_id: conversation_id,
            **chosen,
            **screen.tools(options),
            recall.window_turns: gr.Slider(visible=options.memory is MemoryKind.WINDOW),
            recall.summary: gr.Textbox(visible=options.memory is MemoryKind.SUMMARY),
        }

    @shows_errors
    async def write_summary(
        self, conversation_id: str, summary: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Keep the person's own words for the summary."""
        visit = self._desk.visit(conversation_id, request)
        if not conversation_id:
            return
        if await asyncio.to_thread(self._rewrite, visit, summary or ""):
            yield {self._parts.status: ""}

    def _rewrite(self, visit: Visit, summary: str) -> bool:
        """False for the summary that the conversation has: the field changes, too, when one is opened."""
        before = AgentScreen(self.services, self._parts, visit).read().conversation.summary
        is_new = before != summary.strip()
        if is_new:
            self.services.agent.conversations.write_summary(visit.owner, visit.conversation_id, summary)
        return is_new

    def refused(self, sentence: str) -> Update:
        """Nothing was kept; the sentence says why."""
        return {self._parts.status: f'<span class="refused">{escape(sentence)}</span>'}


def _switched(options: AgentOptions, name: str, *, is_on: bool) -> AgentOptions:
    others = tuple(other for other in options.tools_off if other != name)
    return options.model_copy(update={"tools_off": others if is_on else (*others, name)})


def _without(options: AgentOptions, name: str) -> AgentOptions:
    allowed = tuple(other for other in options.always_allowed if other != name)
    return options.model_copy(update={"always_allowed": allowed})
