"""The Models room as it is laid out: four small tabs."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.comparison_panel import ComparisonParts, lay_out_comparison
from components.connections_panel import ConnectionsParts, lay_out_connections
from components.model_catalogue_panel import ModelCatalogueParts, lay_out_model_catalogue
from components.model_evaluation_panel import ModelEvaluationParts, lay_out_model_evaluation
from components.words import words


@dataclass(frozen=True)
class ModelsParts:
    """One for each small tab."""

    tab: gr.Tab
    catalogue: ModelCatalogueParts
    comparison: ComparisonParts
    evaluation: ModelEvaluationParts
    connections: ConnectionsParts


def lay_out_models(tab: gr.Tab) -> ModelsParts:
    """Make the room inside the open ``tab``."""
    with (
        gr.Column(elem_id="models-room"),
        gr.Tabs(elem_id="md-tabs", elem_classes="side-tabs", overflow_behavior="wrap"),
    ):
        with gr.Tab(words("app_md_catalogue"), id="catalogue", render_children=True) as catalogue_tab:
            catalogue = lay_out_model_catalogue(catalogue_tab)
        with gr.Tab(words("app_md_compare"), id="compare", render_children=True) as compare_tab:
            comparison = lay_out_comparison(compare_tab)
        with gr.Tab(words("app_md_evaluate"), id="evaluate", render_children=True) as evaluate_tab:
            evaluation = lay_out_model_evaluation(evaluate_tab)
        with gr.Tab(words("app_md_services"), id="services", render_children=True) as services_tab:
            connections = lay_out_connections(services_tab)
    return ModelsParts(tab, catalogue, comparison, evaluation, connections)
