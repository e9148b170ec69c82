"""The Services tab of the Models room: models of services and servers, their keys, and whether they answer."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.room_parts import bridge, html


@dataclass(frozen=True)
class ConnectionsParts:
    """``bridge`` carries what the page's own script reports."""

    tab: gr.Tab
    status: gr.HTML
    bridge: gr.HTML


def lay_out_connections(tab: gr.Tab) -> ConnectionsParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="md-services"):
        status = html("md-services-status", "room-status")
    return ConnectionsParts(tab, status, bridge("connections", "md-services-bridge"))
