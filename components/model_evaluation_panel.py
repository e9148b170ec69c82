"""The Evaluate tab of the Models room: sets of questions put to models and templates."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.room_parts import bridge, html


@dataclass(frozen=True)
class ModelEvaluationParts:
    """``bridge`` carries what the page's own script reports."""

    tab: gr.Tab
    status: gr.HTML
    bridge: gr.HTML


def lay_out_model_evaluation(tab: gr.Tab) -> ModelEvaluationParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="md-evaluate"):
        status = html("md-evaluate-status", "room-status")
    return ModelEvaluationParts(tab, status, bridge("model_evaluation", "md-evaluate-bridge"))
