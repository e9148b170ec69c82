"""The right side of the Documents room: where an answer comes from, and what else can be done with the documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from chains.model_shelf import Models
from components.answer_settings import AnswerSettings, lay_out_answer_settings
from components.evaluate_panel import EvaluateParts, lay_out_evaluate
from components.model_choice import ModelChoice, lay_out_model_choice
from components.room_parts import html
from components.space_panel import SpaceParts, lay_out_space
from components.study_panel import StudyParts, lay_out_study
from components.words import words

DOCUMENTS = "documents-"  # what the ids of the room's parts begin with


@dataclass(frozen=True)
class SourcesParts:
    """What stands in each tab. ``query`` is a question to be searched for without a model."""

    tabs: gr.Tabs
    source: gr.HTML
    query: gr.Textbox
    search: gr.HTML
    study: StudyParts
    space: SpaceParts
    evaluate: EvaluateParts
    glass: gr.HTML
    model: ModelChoice
    settings: AnswerSettings

    @property
    def shown(self) -> list[Any]:
        """What belongs to one conversation."""
        return [self.source, self.query, self.search, self.glass, *self.model.shown, *self.settings.inputs]


def lay_out_sources(models: Models, embedders: Sequence[str]) -> SourcesParts:
    """Make it inside the open column. ``models`` are those that answer, ``embedders`` those to compare."""
    gr.HTML(words("fragment_sources"), elem_id="sources-head", elem_classes="side-head", apply_default_css=False)
    with gr.Tabs(elem_id="sources-tabs", elem_classes="side-tabs", overflow_behavior="wrap") as tabs:
        with gr.Tab(words("app_sources_source"), id="source", render_children=True):
            source = html("source")
        with gr.Tab(words("app_sources_search"), id="search", render_children=True):
            query, search = _lay_out_search()
        with gr.Tab(words("app_sources_study"), id="study", render_children=True) as study_tab:
            study = lay_out_study(study_tab)
        with gr.Tab(words("app_sources_space"), id="space", render_children=True) as space_tab:
            space = lay_out_space(space_tab)
        with gr.Tab(words("app_sources_evaluate"), id="evaluate", render_children=True) as evaluate_tab:
            evaluate = lay_out_evaluate(evaluate_tab, embedders)
        with gr.Tab(words("app_sources_glass"), id="glass", render_children=True):
            glass = html("documents-glass")
        with gr.Tab(words("app_sources_settings"), id="settings", render_children=True):
            model = lay_out_model_choice(models, DOCUMENTS)
            settings = lay_out_answer_settings(models.get(""))
    return SourcesParts(tabs, source, query, search, study, space, evaluate, glass, model, settings)


def _lay_out_search() -> tuple[gr.Textbox, gr.HTML]:
    query = gr.Textbox(
        label=words("app_try_search"),
        info=words("app_try_search_info"),
        placeholder=words("app_try_search_placeholder"),
        elem_id="try-search",
        max_lines=3,
        submit_btn=True,
    )
    return query, html("search-report")
