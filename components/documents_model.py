"""What is chosen with the model of the Documents room."""

from __future__ import annotations

import gradio as gr

from components.documents_options import DocumentsOptions
from components.documents_screen import DocumentsScreen, Reading
from components.documents_tab import DocumentsParts
from components.model_choice_events import ModelParts
from components.services import Services
from components.shown_errors import Update
from rag.modes import DocumentOptions


class DocumentsModel:
    """For ``ModelChoiceEvents``. Nothing stands in for a model here."""

    def __init__(self, services: Services, parts: DocumentsParts, kept: DocumentsOptions) -> None:
        reading, sources = parts.reading, parts.sources
        where = [reading.conversation_id, parts.library.collection_id]
        self.parts = ModelParts(sources.model, reading.status, where, sources.settings.inputs, [reading.mode])
        self.conversations, self.models = services.documents.reading.conversations, services.documents.reading.models
        self.kept = kept
        self._services = services
        self._room_parts = parts

    def visit(self, request: gr.Request, *given: str) -> Reading:
        conversation_id, collection_id, *mode = given
        return Reading.of(self._services, conversation_id, collection_id, request, *mode)

    def shown(self, reading: Reading, options: DocumentOptions) -> Update:
        return DocumentsScreen(self._services, self._room_parts, reading).model(options)
