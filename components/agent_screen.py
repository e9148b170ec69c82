"""What the Agent room shows of a conversation, as updates of its components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import gradio as gr

from agents.options import ROOM, AgentOptions
from agents.record import AgentRecord, agent_record
from agents.tools.tool import AgentTool
from agents.trace import AgentAnswer
from chains.conversations import Shown
from chains.live import LiveAnswer
from components.agent_bars import agent_bars
from components.agent_status import agent_status
from components.agent_tab import AgentParts
from components.agent_tools_view import tools_view
from components.agent_trace import Traced, trace_view, trace_views
from components.agent_view import AgentView, cited_numbers
from components.chat_screen import Visit, is_live
from components.conversation_list import AGENT, conversation_list, room_bar
from components.figures_line import figures_line
from components.glass_box import glass_box
from components.local_text import LocalText
from components.services import Services
from components.shown_errors import Update
from errors import ConversationNotFound
from storage.records import Message, Role


class AgentScreen:
    """Updates for one visit. Reads the stores, and so blocks briefly. ``tools`` are those known by now."""

    def __init__(self, services: Services, parts: AgentParts, visit: Visit, tools: Sequence[AgentTool] = ()) -> None:
        self._services = services
        self._room = services.agent
        self._parts = parts
        self._visit = visit
        self._text = LocalText(services.catalogue, visit.language)
        self._view = AgentView(services.catalogue, visit.language)
        self._traced: dict[str, Traced] = {}
        self._tools = tools

    # --- what is there -----------------------------------------------------------------------------------------------

    def read(self) -> Shown:
        """The conversation as it is now. Raises ConversationNotFound, for one of another room too."""
        shown = self._room.conversations.shown(self._visit.owner, self._visit.conversation_id)
        if shown.conversation.room != ROOM:
            raise ConversationNotFound
        return shown

    def learn(self, shown: Shown) -> None:
        """Read the steps of all answers of the branch; of one that is being written, they come with it."""
        kept = self._room.conversations.records(self._visit.owner, self._visit.conversation_id)
        answers = [message for message in shown.messages if message.role is Role.ASSISTANT]
        for message in answers:
            if record := agent_record(kept.get(message.id)):
                self._know(_recorded(message, record, is_open=message is answers[-1]), record.error_values)
        self.hear(shown.live)

    def hear(self, live: LiveAnswer | None) -> None:
        """Take the steps of an answer as it stands."""
        if isinstance(live, AgentAnswer):
            self._know(_growing(live), live.error_values)

    def _know(self, traced: Traced, fault: Mapping[str, str]) -> None:
        labels = {tool.name: tool.label for tool in self._tools if tool.label}
        self._traced[traced.message_id] = replace(traced, labels=labels)
        self._view.know(traced.message_id, traced.sources, fault)

    # --- the conversation --------------------------------------------------------------------------------------------

    def whole(self, shown: Shown) -> Update:
        """Everything that belongs to the conversation but the glass box; ``shown`` is learned first."""
        self.learn(shown)
        options = options_of(shown)
        return {
            **self.growing(shown),
            **self.around(shown),
            **self.lists(),
            **self._parts.panel.update(options, shown.conversation.summary),
            **self.model(options),
            **self.tools(options),
        }

    def empty(self) -> Update:
        """No conversation yet: the next one is made when its first question is asked, or its first option changed."""
        parts, options = self._parts, self.begun()
        cleared = (parts.bars, parts.traces, parts.live, parts.status, parts.conversation_id)
        return {
            **dict.fromkeys(cleared, ""),
            parts.chat: [],
            parts.bar: room_bar(None, self._services.catalogue, self._visit.language, AGENT),
            **self.lists(),
            **parts.panel.update(options, ""),
            **self.model(options),
            **self.tools(options),
            **self.no_glass(),
            **self.rest(),
        }

    def begun(self) -> AgentOptions:
        """What a new conversation begins with."""
        visit = self._visit
        return self._room.conversations.begun(visit.owner, visit.offered.names, AgentOptions())

    def growing(self, shown: Shown) -> Update:
        """The messages, the steps of the one that grows, and a sentence about it."""
        self.hear(shown.live)
        parts, last = self._parts, shown.messages[-1] if shown.messages else None
        traced = self._traced.get(last.id) if last else None
        words = self._services.catalogue, self._visit.language
        return {
            parts.chat: self._view.shown(shown.messages),
            parts.live: trace_view(traced, *words) if traced and traced.is_live and is_live(shown) else "",
            parts.status: escape(agent_status(last, shown.live, traced, self._text)) if last else "",
            parts.conversation_id: shown.conversation.id,
        }

    def around(self, shown: Shown) -> Update:
        """What stands above the messages, around and under each of them."""
        catalogue, language = self._services.catalogue, self._visit.language
        seen = self._view.seen(shown.messages)
        lines = {message.id: figures_line(message.figures, catalogue, language) for message in seen if message.figures}
        return {
            **self.bar(shown),
            self._parts.bars: agent_bars(seen, shown.tree, is_live(shown), lines, (catalogue, language)),
            self._parts.traces: trace_views(seen, self._traced, catalogue, language),
        }

    def bar(self, shown: Shown) -> Update:
        """The line above the messages alone."""
        conversation = shown.conversation if shown.messages else None
        return {self._parts.bar: room_bar(conversation, self._services.catalogue, self._visit.language, AGENT)}

    def lists(self) -> Update:
        """The owner's conversations with the agent, those that hold what is searched for."""
        catalogue, language, search = self._services.catalogue, self._visit.language, self._visit.search
        listed = self._room.conversations.listed(self._visit.owner, search)
        now = datetime.now(UTC)
        entries = conversation_list(listed, self._visit.conversation_id, now, catalogue, language, search)
        return {self._parts.sidebar.entries: f'<div data-bridge="agent">{entries}</div>'}

    # --- beside the conversation -------------------------------------------------------------------------------------

    def model(self, options: AgentOptions) -> Update:
        """The model, those that stand in for it, and what it makes of the strategy."""
        panel, offered = self._parts.panel, self._visit.offered
        return {
            **panel.model.update(options, offered, self._text),
            **panel.fallback.update(options, offered),
            **self.chosen(options),
        }

    def chosen(self, options: AgentOptions) -> Update:
        """Which strategy the options come to, and why; nothing with a model that is gone."""
        offered = self._visit.offered
        if offered.is_gone(options):
            return {self._parts.panel.chosen: ""}
        chosen = self._room.choose(offered.model_in(options), options)
        name, why = self._text.html(f"app_strategy_{chosen.strategy}"), self._text.html(chosen.why)
        return {self._parts.panel.chosen: f"<p><b>{name}</b> {why}</p>"}

    def tools(self, options: AgentOptions) -> Update:
        """The tools and their switches."""
        notes = self._room.tool_notes()
        view = tools_view(self._tools, options, notes, self._services.catalogue, self._visit.language)
        return {self._parts.tools: view}

    def tools_of(self, shown: Shown) -> Update:
        """The same, as the conversation has them."""
        return self.tools(options_of(shown))

    def glass(self, message_id: str) -> Update:
        """What is behind the answer ``message_id``: all calls of the model."""
        record = self._room.answers.record(self._visit.owner, self._visit.conversation_id, message_id)
        if record is None or not record.runs:
            return {self._parts.panel.glass: self._text.html("app_glass_no_model")}
        catalogue, language = self._services.catalogue, self._visit.language
        return {self._parts.panel.glass: glass_box(record, catalogue, language, message_id, can_branch=False)}

    def no_glass(self) -> Update:
        """No answer was looked into yet."""
        return {self._parts.panel.glass: self._text.html("app_glass_empty")}

    def rest(self) -> Update:
        """Nothing is running: the box sends again."""
        return {self._parts.box: gr.Textbox(submit_btn=True, stop_btn=False)}

    def busy(self) -> Update:
        """An answer is on its way: the box stops it."""
        parts = self._parts
        return {
            parts.status: self._text.html("app_status_reading"),
            parts.box: gr.Textbox(submit_btn=False, stop_btn=True),
        }


def _recorded(message: Message, record: AgentRecord, *, is_open: bool) -> Traced:
    return Traced(
        message.id,
        record.told,
        record.told_sources,
        record.strategy,
        record.why,
        is_open=is_open,
        seconds=record.seconds,
        cited=cited_numbers(message.text, record.told_sources),
    )


def _growing(live: AgentAnswer) -> Traced:
    return Traced(
        live.message.id,
        live.steps,
        live.sources,
        live.strategy,
        live.why,
        node=live.node,
        waiting=live.waiting,
        is_live=True,
        cited=cited_numbers(live.message.text, live.sources),
    )


def options_of(shown: Shown) -> AgentOptions:
    """What was chosen for the conversation."""
    return AgentOptions.model_validate(shown.conversation.options)
