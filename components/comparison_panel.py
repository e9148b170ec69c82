"""The Compare tab of the Models room: one question, several models side by side, a vote, a leaderboard."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.room_parts import bridge, html


@dataclass(frozen=True)
class ComparisonParts:
    """``bridge`` carries what the page's own script reports."""

    tab: gr.Tab
    status: gr.HTML
    bridge: gr.HTML


def lay_out_comparison(tab: gr.Tab) -> ComparisonParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="md-compare"):
        status = html("md-compare-status", "room-status")
    return ComparisonParts(tab, status, bridge("comparison", "md-compare-bridge"))
