"""The page: its header and its five rooms."""

from __future__ import annotations

import gradio as gr

from components.agent_events import AgentEvents
from components.agent_tab import lay_out_agent
from components.chat_events import ChatEvents
from components.chat_tab import lay_out_chat
from components.comparison_events import ComparisonEvents
from components.connections_events import ConnectionsEvents
from components.documents_events import DocumentsEvents
from components.documents_tab import lay_out_documents
from components.evaluate_events import EvaluateEvents
from components.header import chip_refresher
from components.library_events import LibraryEvents
from components.model_catalogue_events import ModelCatalogueEvents
from components.model_evaluation_events import ModelEvaluationEvents
from components.models_tab import lay_out_models
from components.playground_events import PlaygroundEvents
from components.playground_tab import lay_out_playground
from components.quiet import QUIET
from components.services import Services
from components.space_events import SpaceEvents
from components.sparse_blocks import SparseBlocks
from components.study_events import StudyEvents
from components.words import words

__all__ = ["Services", "build_page"]

SECONDS_BETWEEN_CHIPS = 15


def build_page(services: Services) -> gr.Blocks:
    """Lay the page out and connect it; ``components.serving.serve`` puts it on the network."""
    page = SparseBlocks(title="Tertulia", analytics_enabled=False, fill_width=True)
    with page:
        with gr.Row(elem_id="header"):
            gr.HTML(words("fragment_header"), elem_id="bar", apply_default_css=False)
            chip = gr.HTML("", elem_id="model", apply_default_css=False)
        with gr.Tabs(elem_id="rooms"):
            with gr.Tab(words("app_tab_chat"), id="chat"):
                parts = lay_out_chat(chip, services.chat.models)
            with gr.Tab(words("app_tab_documents"), id="documents") as documents_tab:
                documents = lay_out_documents(services.documents)
            with gr.Tab(words("app_tab_agent"), id="agent") as agent_tab:
                agent = lay_out_agent(services.agent.models)
            with gr.Tab(words("app_tab_playground"), id="playground") as playground_tab:
                playground = lay_out_playground(services.playground.models)
            with gr.Tab(words("app_tab_models"), id="models") as models_tab:
                models = lay_out_models(models_tab)
        ChatEvents(services, parts).wire(page)
        LibraryEvents(services, documents.library).wire(documents_tab)
        DocumentsEvents(services, documents).wire()
        StudyEvents(services, documents.sources.study).wire(documents.library.collection_id)
        EvaluateEvents(services, documents.sources.evaluate).wire(documents.library.collection_id)
        SpaceEvents(services, documents.sources.space).wire(documents.library.collection_id)
        AgentEvents(services, agent).wire(agent_tab)
        PlaygroundEvents(services, playground).wire(playground_tab)
        ModelCatalogueEvents(services, models.catalogue).wire(models.tab)
        ComparisonEvents(services, models.comparison).wire()
        ModelEvaluationEvents(services, models.evaluation).wire()
        ConnectionsEvents(services, models.connections).wire()
        gr.Timer(SECONDS_BETWEEN_CHIPS).tick(chip_refresher(services), None, chip, **QUIET)
    return page
