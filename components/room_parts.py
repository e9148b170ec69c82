"""The pieces that every room with a conversation is laid out of; their looks hang on the classes."""

from __future__ import annotations

from typing import Any, cast

import gradio as gr

from components.words import words

MATH = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]


def html(elem_id: str, elem_classes: str = "") -> gr.HTML:
    """A place for HTML that the server makes."""
    return gr.HTML("", elem_id=elem_id, elem_classes=elem_classes, apply_default_css=False)


def hidden_text(elem_id: str) -> gr.Textbox:
    """Carries what the tab has to remember; whenever it comes back, it is checked against the owner."""
    return gr.Textbox(visible="hidden", elem_id=elem_id, container=False)


def bridge(name: str, elem_id: str) -> gr.HTML:
    """Carries what the page's own script reports, by ``tertulia.send(name, ...)``."""
    return gr.HTML("", elem_id=elem_id, visible="hidden", js_on_load=f"tertulia.connect(trigger, '{name}')")


def message_box(elem_id: str, label: str, placeholder: str, *, is_focused: bool) -> gr.Textbox:
    """Where a message is written; its button sends, or stops what is being written."""
    return gr.Textbox(
        elem_id=elem_id,
        elem_classes="room-box",
        label=words(label),
        placeholder=words(placeholder),
        show_label=False,
        container=False,
        lines=1,
        max_lines=8,
        submit_btn=True,
        autofocus=is_focused,
    )


def chatbot(elem_id: str) -> gr.Chatbot:
    """The messages."""
    return gr.Chatbot(
        elem_id=elem_id,
        elem_classes="room-chat",
        label=words("app_chat_label"),
        show_label=False,
        container=False,
        layout="bubble",
        buttons=["copy"],
        latex_delimiters=cast("Any", MATH),
        sanitize_html=True,
        allow_tags=False,
        height="100%",
        min_height=0,
    )
