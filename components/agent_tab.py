"""The Agent room as it is laid out: conversations on the left, questions and steps in the middle, its panel right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from chains.model_shelf import Models
from components.agent_panel import AgentPanel, lay_out_agent_panel
from components.conversation_list import AGENT
from components.room_parts import bridge, chatbot, hidden_text, html, message_box
from components.sidebar import Sidebar, lay_out_sidebar
from components.words import words


@dataclass(frozen=True)
class AgentParts:
    """The room's components. ``bridge`` carries what the page's own script reports.

    ``bars`` go under the messages, ``traces`` around them; ``live`` is the trace of the answer being written.
    ``copied`` is what is on its way to the clipboard.
    """

    sidebar: Sidebar
    panel: AgentPanel
    bar: gr.HTML
    chat: gr.Chatbot
    bars: gr.HTML
    traces: gr.HTML
    live: gr.HTML
    tools: gr.HTML
    box: gr.Textbox
    status: gr.HTML
    conversation_id: gr.Textbox
    copied: gr.Textbox
    bridge: gr.HTML

    @property
    def streamed(self) -> list[Any]:
        """What changes while an answer is being written, and at its end."""
        messages = [self.chat, self.bars, self.traces, self.live]
        return [*messages, self.bar, self.box, self.status, self.conversation_id, self.tools]

    @property
    def shown(self) -> list[Any]:
        """Everything that belongs to one conversation."""
        lists = [self.sidebar.entries, self.sidebar.deleted]
        return [*self.streamed, *lists, *self.panel.shown, self.copied]


def lay_out_agent(models: Models) -> AgentParts:
    """Make the room inside the open tab."""
    with gr.Row(elem_id="agent-room", elem_classes="room-frame"):
        with gr.Column(elem_id="agent-sidebar", elem_classes="left-side"):
            sidebar = lay_out_sidebar(AGENT)
        with gr.Column(elem_id="agent-middle", elem_classes="room-middle"):
            bar = html("agent-bar", "room-head")
            with gr.Column(elem_id="agent-welcome", elem_classes="room-welcome"):
                gr.HTML(words("fragment_agent"), apply_default_css=False)
            chat = chatbot("agent-chat")
            bars, traces, live = (html(f"agent-{name}") for name in ("bars", "traces", "live"))
            tools = html("agent-tools")
            box = message_box("agent-box", "app_agent_box_label", "app_agent_box_placeholder", is_focused=False)
            with gr.Row(elem_id="agent-foot", elem_classes="room-foot"):
                status = html("agent-status", "room-status")
        with gr.Column(elem_id="agent-panel", elem_classes=["right-side", "side-controls"]):
            panel = lay_out_agent_panel(models)
        conversation_id, copied = hidden_text("agent-conversation"), hidden_text("agent-copied")
        acts = bridge("agent", "agent-bridge")
    return AgentParts(
        sidebar, panel, bar, chat, bars, traces, live, tools, box, status, conversation_id, copied, acts
    )  # fmt: skip
