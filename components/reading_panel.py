"""The middle of the Documents room: what is asked of the documents, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.room_parts import bridge, chatbot, hidden_text, html, message_box
from components.words import words
from rag.modes import Mode

MODES = (Mode.QUOTE, Mode.NAIVE, Mode.ADVANCED, Mode.COMPARE, Mode.NONE)


@dataclass(frozen=True)
class ReadingParts:
    """``bridge`` carries what the page's own script reports, ``conversation_id`` the tab's conversation.

    ``bars`` go under the messages. ``chosen`` carries which documents are ticked, as JSON.
    """

    bar: gr.HTML
    welcome: gr.HTML
    chat: gr.Chatbot
    bars: gr.HTML
    mode: gr.Radio
    box: gr.Textbox
    status: gr.HTML
    conversation_id: gr.Textbox
    chosen: gr.Textbox
    bridge: gr.HTML

    @property
    def streamed(self) -> list[Any]:
        """What changes while an answer is being written, and at its end."""
        return [self.chat, self.bars, self.bar, self.box, self.status, self.conversation_id]

    @property
    def shown(self) -> list[Any]:
        """Everything that belongs to one conversation."""
        return [*self.streamed, self.welcome, self.mode]


def lay_out_reading(first_mode: Mode) -> ReadingParts:
    """Make it inside the open column, with ``first_mode`` chosen."""
    bar = html("documents-bar", "room-head")
    with gr.Column(elem_id="documents-welcome", elem_classes="room-welcome"):
        welcome = html("documents-hello")
    chat = chatbot("documents-chat")
    bars = html("documents-bars")
    with gr.Column(elem_id="documents-modes"):
        mode = gr.Radio(
            [(words(f"app_mode_{name}"), str(name)) for name in MODES],
            value=str(first_mode),
            label=words("app_answer_mode"),
            show_label=False,
            container=False,
            elem_id="documents-mode",
        )
        gr.HTML(words("fragment_modes"), elem_id="documents-mode-line", apply_default_css=False)
    box = message_box("documents-box", "app_documents_box_label", "app_documents_box_placeholder", is_focused=False)
    with gr.Row(elem_id="documents-foot", elem_classes="room-foot"):
        status = html("documents-status", "room-status")
    conversation_id, chosen = hidden_text("documents-conversation"), hidden_text("documents-chosen")
    acts = bridge("reading", "reading-bridge")
    return ReadingParts(bar, welcome, chat, bars, mode, box, status, conversation_id, chosen, acts)
