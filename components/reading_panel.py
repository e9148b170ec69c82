"""The middle of the Documents room: what is asked of the documents, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.room_parts import bridge, chatbot, hidden_text, html, message_box
from components.words import words

MODES = ("advanced", "naive", "quote", "compare", "none")


@dataclass(frozen=True)
class ReadingParts:
    """``bridge`` carries what the page's own script reports, ``conversation_id`` the tab's conversation."""

    bar: gr.HTML
    chat: gr.Chatbot
    bars: gr.HTML
    mode: gr.Radio
    box: gr.Textbox
    status: gr.HTML
    conversation_id: gr.Textbox
    bridge: gr.HTML


def lay_out_reading() -> ReadingParts:
    """Make it inside the open column."""
    bar = gr.HTML(
        words("fragment_documents_bar"), elem_id="documents-bar", elem_classes="room-head", apply_default_css=False
    )
    chat = chatbot("documents-chat")
    bars = html("documents-bars")
    mode = gr.Radio(
        [(words(f"app_mode_{name}"), name) for name in MODES],
        value=MODES[0],
        label=words("app_answer_mode"),
        show_label=False,
        container=False,
        elem_id="documents-mode",
    )
    box = message_box("documents-box", "app_documents_box_label", "app_documents_box_placeholder", is_focused=False)
    with gr.Row(elem_id="documents-foot", elem_classes="room-foot"):
        status = html("documents-status", "room-status")
    conversation_id = hidden_text("documents-conversation")
    return ReadingParts(bar, chat, bars, mode, box, status, conversation_id, bridge("reading", "reading-bridge"))
