"""The right side of the Documents room: where an answer comes from, and what else can be done with the documents."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.room_parts import html
from components.words import words


@dataclass(frozen=True)
class SourcesParts:
    """What stands in each tab."""

    tabs: gr.Tabs
    source: gr.HTML
    search: gr.HTML
    study: gr.HTML
    space: gr.HTML
    evaluate: gr.HTML
    glass: gr.HTML
    settings: gr.HTML


def lay_out_sources() -> SourcesParts:
    """Make it inside the open column."""
    gr.HTML(words("fragment_sources"), elem_id="sources-head", elem_classes="side-head", apply_default_css=False)
    with gr.Tabs(elem_id="sources-tabs", elem_classes="side-tabs", overflow_behavior="wrap") as tabs:
        with gr.Tab(words("app_sources_source"), id="source", render_children=True):
            source = html("source")
        with gr.Tab(words("app_sources_search"), id="search", render_children=True):
            search = html("search-report")
        with gr.Tab(words("app_sources_study"), id="study", render_children=True):
            study = html("study")
        with gr.Tab(words("app_sources_space"), id="space", render_children=True):
            space = html("space")
        with gr.Tab(words("app_sources_evaluate"), id="evaluate", render_children=True):
            evaluate = html("evaluate")
        with gr.Tab(words("app_sources_glass"), id="glass", render_children=True):
            glass = html("documents-glass")
        with gr.Tab(words("app_sources_settings"), id="settings", render_children=True):
            settings = html("documents-settings")
    return SourcesParts(tabs, source, search, study, space, evaluate, glass, settings)
