"""What is chosen with the model of the Agent room."""

from __future__ import annotations

import gradio as gr

from agents.options import AgentOptions
from components.agent_desk import AgentDesk
from components.agent_kept import AgentKept
from components.agent_screen import AgentScreen
from components.agent_tab import AgentParts
from components.chat_screen import Visit
from components.model_choice_events import ModelParts
from components.services import Services
from components.shown_errors import Update


class AgentModel:
    """For ``ModelChoiceEvents``."""

    def __init__(self, services: Services, parts: AgentParts, kept: AgentKept) -> None:
        panel, where = parts.panel, [parts.conversation_id]
        self.parts = ModelParts(panel.model, parts.status, where, [panel.chosen], fallback=panel.fallback)
        self.conversations, self.models = services.agent.conversations, services.agent.models
        self.kept = kept
        self._services = services
        self._room_parts = parts

    def visit(self, request: gr.Request, *given: str) -> Visit:
        (conversation_id,) = given
        return AgentDesk(self._services, self._room_parts).visit(conversation_id, request)

    def shown(self, visit: Visit, options: AgentOptions) -> Update:
        return AgentScreen(self._services, self._room_parts, visit).model(options)
