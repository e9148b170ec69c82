"""The Study tab of the Documents room: a summary of a document, questions to learn with, its key terms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.room_parts import html
from components.words import words
from errors import OptionInvalid
from rag.study import SummaryChoice

POINTS, PARAGRAPHS = (1, 10), (0, 5)


@dataclass(frozen=True)
class StudyParts:
    """``page`` 0 is the whole document. ``text`` is what came out, ``progress`` how far it is."""

    tab: gr.Tab
    document: gr.Dropdown
    page: gr.Number
    num_points: gr.Slider
    num_paragraphs: gr.Slider
    language: gr.Radio
    summarize: gr.Button
    ask: gr.Button
    terms: gr.Button
    stop: gr.Button
    progress: gr.HTML
    text: gr.Markdown

    @property
    def inputs(self) -> list[Any]:
        """What handlers take, in the order that ``read`` expects."""
        return [self.document, self.page, self.num_points, self.num_paragraphs, self.language]

    @property
    def within(self) -> str:
        """JavaScript for handlers of ``inputs``: keeps what is typed within the sliders' ranges."""
        return f"(...given) => tertulia.within(given, {json.dumps([None, None, POINTS, PARAGRAPHS])})"

    @property
    def shown(self) -> list[Any]:
        """What changes while the model writes."""
        return [self.progress, self.text, self.summarize, self.ask, self.terms, self.stop]

    def read(self, values: Sequence[Any]) -> tuple[str, int | None, SummaryChoice]:
        """The document, the page or None, and how to summarize. Raises OptionInvalid for what no control can show."""
        document, page, num_points, num_paragraphs, language = values
        try:
            choice = SummaryChoice(
                _between(num_points, POINTS), _between(num_paragraphs, PARAGRAPHS), "en" if language == "en" else "es"
            )
            return str(document or ""), int(page or 0) or None, choice
        except (TypeError, ValueError, OverflowError) as error:
            raise OptionInvalid(name="page", value=str(page)[:40]) from error


def _between(value: Any, limits: tuple[int, int]) -> int:
    return min(max(int(value), limits[0]), limits[1])


def lay_out_study(tab: gr.Tab) -> StudyParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="study", elem_classes="side-controls"):
        document = gr.Dropdown(
            [],
            label=words("app_study_document"),
            elem_id="study-document",
            allow_custom_value=True,  # Gradio's own check would answer in English; ours asks whose document it is
        )
        page = gr.Number(
            0, label=words("app_study_page"), info=words("app_study_page_info"), precision=0, minimum=0,
            elem_id="study-page",
        )  # fmt: skip
        num_points = gr.Slider(*POINTS, value=5, step=1, label=words("app_study_points"), elem_id="study-points")
        num_paragraphs = gr.Slider(
            *PARAGRAPHS, value=2, step=1, label=words("app_study_paragraphs"), elem_id="study-paragraphs"
        )
        language = gr.Radio(
            [(words("app_study_in_spanish"), "es"), (words("app_study_in_english"), "en")],
            value="es",
            label=words("app_study_language"),
            info=words("app_study_language_info"),
            elem_id="study-language",
        )
        with gr.Row(elem_id="study-deeds"):
            summarize = gr.Button(words("app_study_summarize"), size="sm", elem_id="study-summarize")
            ask = gr.Button(words("app_study_ask"), size="sm", elem_id="study-ask")
            terms = gr.Button(words("app_study_terms"), size="sm", elem_id="study-terms")
            stop = gr.Button(words("app_study_stop"), size="sm", elem_id="study-stop", visible=False)
        progress = html("study-progress")
        text = gr.Markdown(
            "", elem_id="study-text", sanitize_html=True, buttons=["copy"], container=False, show_label=False
        )
    return StudyParts(
        tab, document, page, num_points, num_paragraphs, language, summarize, ask, terms, stop, progress, text
    )
