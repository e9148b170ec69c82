"""The Chat room as it is laid out; ``ChatEvents`` makes it work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import gradio as gr

from components.words import words

EXAMPLES = ("app_example_1", "app_example_2", "app_example_3")
MATH = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]


@dataclass(frozen=True)
class ChatParts:
    """The room's components; ``chip`` is the header's, refreshed around each answer."""

    chat: gr.Chatbot
    box: gr.Textbox
    status: gr.HTML
    new: gr.Button
    examples: dict[str, gr.Button]
    conversation_id: gr.Textbox
    chip: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """Everything an event may change."""
        return [self.chat, self.box, self.status, self.conversation_id, self.chip]


def lay_out_chat(chip: gr.HTML) -> ChatParts:
    """Make the room inside the open tab. The style sheet hides the welcome as soon as there is a message."""
    with gr.Column(elem_id="room"):
        with gr.Column(elem_id="welcome"):
            gr.HTML(words("fragment_welcome"), apply_default_css=False)
            examples = {key: gr.Button(words(key), elem_classes="example") for key in EXAMPLES}
        chat = _chatbot()
        box = gr.Textbox(
            elem_id="box",
            label=words("app_box_label"),
            placeholder=words("app_box_placeholder"),
            show_label=False,
            container=False,
            lines=1,
            max_lines=8,
            submit_btn=True,
            autofocus=True,
        )
        with gr.Row(elem_id="foot"):
            status = gr.HTML("", elem_id="status", apply_default_css=False)
            new = gr.Button(words("app_new_conversation"), elem_id="new", size="sm")
        # Carries the tab's conversation; whenever it comes back, the service checks it against the owner.
        conversation_id = gr.Textbox(visible="hidden", elem_id="conversation", container=False)
    return ChatParts(chat, box, status, new, examples, conversation_id, chip)


def _chatbot() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
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
