"""The Services tab of the Models room: models of services and servers, their keys, and whether they answer."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.connections_view import TITLES
from components.room_parts import bridge, hidden_text, html
from components.words import words
from models.remote.providers import SERVICES

MAX_KEY = 600
MAX_NAME = 280


@dataclass(frozen=True)
class ConnectionsParts:
    """``status`` says what came of the last thing asked for. ``server`` is about the operator's server.

    ``listed`` carries the names that it told, a line each; ``bridge`` carries what the page's own script reports.
    """

    tab: gr.Tab
    status: gr.HTML
    service: gr.Dropdown
    key: gr.Textbox
    keep: gr.Button
    model: gr.Textbox
    test: gr.Button
    add: gr.Button
    cards: gr.HTML
    server: gr.HTML
    listed: gr.Textbox
    bridge: gr.HTML


def lay_out_connections(tab: gr.Tab) -> ConnectionsParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="md-services", elem_classes="side-controls"):
        gr.HTML(words("fragment_connections"), elem_id="md-services-line", apply_default_css=False)
        status = html("md-services-status", "room-status")
        with gr.Row(elem_id="md-services-forms"):
            with gr.Column(elem_classes="cn-form"):
                service = _services()
                key = _key()
                keep = gr.Button(words("app_md_sv_keep"), size="sm", elem_id="md-services-keep", elem_classes="cn-main")
                gr.HTML(words("fragment_connections_key"), elem_classes="cn-note", apply_default_css=False)
            with gr.Column(elem_classes="cn-form"):
                model = _model()
                with gr.Row(elem_classes="cn-buttons"):
                    test = gr.Button(words("app_md_sv_test"), size="sm", elem_id="md-services-test")
                    add = gr.Button(words("app_md_sv_add"), size="sm", elem_id="md-services-add")
                gr.HTML(words("fragment_connections_model"), elem_classes="cn-note", apply_default_css=False)
        cards = html("md-services-cards")
        server = html("md-services-server")
        gr.HTML(words("fragment_connections_servers"), elem_id="md-services-hints", apply_default_css=False)
    listed = hidden_text("md-services-listed")
    acts = bridge("connections", "md-services-bridge")
    return ConnectionsParts(tab, status, service, key, keep, model, test, add, cards, server, listed, acts)


def _services() -> gr.Dropdown:
    return gr.Dropdown(
        [(TITLES[service], service) for service in SERVICES],
        value=SERVICES[0],
        label=words("app_md_sv_service"),
        elem_id="md-services-service",
        filterable=False,
    )


def _key() -> gr.Textbox:
    return gr.Textbox(
        type="password",
        label=words("app_md_sv_own_key"),
        elem_id="md-services-key",
        max_length=MAX_KEY,
        html_attributes=gr.InputHTMLAttributes(autocomplete="new-password", spellcheck=False, autocapitalize="off"),
    )


def _model() -> gr.Textbox:
    return gr.Textbox(
        label=words("app_md_sv_model"),
        placeholder="anthropic/claude-sonnet-4-5",
        elem_id="md-services-model",
        max_lines=1,
        max_length=MAX_NAME,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False, autocapitalize="off"),
    )
