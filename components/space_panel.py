"""The Space tab of the Documents room: the passages as points on a plane, and the cosine of any two texts."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.room_parts import hidden_text, html
from components.words import words

MAX_TEXT = 4_000


@dataclass(frozen=True)
class SpaceParts:
    """``seen`` carries whether the plot is in sight. ``similarity`` is what the two texts have in common."""

    tab: gr.Tab
    question: gr.Textbox
    status: gr.HTML
    plot: gr.HTML
    seen: gr.Textbox
    first: gr.Textbox
    second: gr.Textbox
    compare: gr.Button
    similarity: gr.HTML


def lay_out_space(tab: gr.Tab) -> SpaceParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="space", elem_classes="side-controls"):
        question = gr.Textbox(
            label=words("app_space_question"),
            info=words("app_space_question_info"),
            placeholder=words("app_try_search_placeholder"),
            elem_id="space-question",
            max_lines=3,
            max_length=MAX_TEXT,
            submit_btn=True,
        )
        status, plot = html("space-status"), html("space-plot")
        with gr.Column(elem_id="space-texts"):
            gr.HTML(words("fragment_cosine"), elem_id="space-cosine", apply_default_css=False)
            first = _text("app_space_first", "space-first")
            second = _text("app_space_second", "space-second")
            compare = gr.Button(words("app_space_compare"), size="sm", elem_id="space-compare")
            similarity = html("space-similarity")
    seen = hidden_text("space-seen")
    return SpaceParts(tab, question, status, plot, seen, first, second, compare, similarity)


def _text(key: str, elem_id: str) -> gr.Textbox:
    return gr.Textbox(label=words(key), elem_id=elem_id, lines=2, max_lines=5, max_length=MAX_TEXT)
