"""The Evaluate tab of the Models room: sets of questions put to models and templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.room_parts import bridge, hidden_text, html
from components.words import words

SECONDS_BETWEEN_LOOKS = 1.0
FILE_TYPES = [".csv", ".tsv", ".txt"]


@dataclass(frozen=True)
class ModelEvaluationParts:
    """``questions`` and ``askers`` are the form, ``listed`` all evaluations, and the rest is of the one that is open.

    ``timer`` ticks only while something is going. ``place`` carries which one is open. ``bridge`` carries what the
    page's own script reports.
    """

    tab: gr.Tab
    questions: gr.HTML
    upload: gr.UploadButton
    uploaded: gr.HTML
    askers: gr.HTML
    status: gr.HTML
    listed: gr.HTML
    result: gr.HTML
    outcomes: gr.HTML
    history: gr.HTML
    place: gr.Textbox
    timer: gr.Timer
    bridge: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What changes when somebody looks, or does something."""
        opened = [self.result, self.outcomes, self.history, self.place]
        return [self.questions, self.uploaded, self.askers, self.status, self.listed, *opened, self.timer]


def lay_out_model_evaluation(tab: gr.Tab) -> ModelEvaluationParts:
    """Make it inside the open ``tab``."""
    with gr.Row(elem_id="md-evaluate"):
        with gr.Column(elem_id="md-evaluate-form"):
            gr.HTML(words("fragment_md_evaluate"), elem_id="md-evaluate-line", apply_default_css=False)
            questions = html("md-evaluate-questions")
            upload = gr.UploadButton(
                words("app_md_ev_upload"), file_types=FILE_TYPES, size="sm", elem_id="md-evaluate-upload"
            )
            uploaded, askers = html("md-evaluate-uploaded"), html("md-evaluate-askers")
            status = html("md-evaluate-status", "room-status")
        with gr.Column(elem_id="md-evaluate-results"):
            listed, result = html("md-evaluate-listed"), html("md-evaluate-result")
            outcomes, history = html("md-evaluate-outcomes"), html("md-evaluate-history")
            gr.HTML(words("fragment_md_evaluate_limits"), elem_id="md-evaluate-limits", apply_default_css=False)
    place = hidden_text("md-evaluate-place")
    timer = gr.Timer(SECONDS_BETWEEN_LOOKS, active=False)
    return ModelEvaluationParts(
        tab, questions, upload, uploaded, askers, status, listed, result, outcomes, history, place, timer,
        bridge("model_evaluation", "md-evaluate-bridge"),
    )  # fmt: skip
