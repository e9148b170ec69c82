"""The Catalogue tab of the Models room: which models there are, which fit, and what is being fetched."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.room_parts import bridge, html


@dataclass(frozen=True)
class ModelCatalogueParts:
    """``bridge`` carries what the page's own script reports."""

    tab: gr.Tab
    status: gr.HTML
    bridge: gr.HTML


def lay_out_model_catalogue(tab: gr.Tab) -> ModelCatalogueParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="md-catalogue"):
        status = html("md-catalogue-status", "room-status")
    return ModelCatalogueParts(tab, status, bridge("model_catalogue", "md-catalogue-bridge"))
