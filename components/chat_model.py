"""What is chosen with the model of the Chat room."""

from __future__ import annotations

import gradio as gr

from chains.options import ConversationOptions
from components.chat_options import ChatOptions
from components.chat_screen import ChatScreen, Visit
from components.chat_tab import ChatParts
from components.model_choice_events import ModelParts
from components.services import Services
from components.shown_errors import Update


class ChatModel:
    """For ``ModelChoiceEvents``."""

    def __init__(self, services: Services, parts: ChatParts, kept: ChatOptions) -> None:
        panel = parts.panel
        following = [panel.memory.mode, panel.sampling.preset, *panel.sampling.inputs]
        where = [parts.conversation_id]
        self.parts = ModelParts(panel.model, parts.status, where, following, fallback=panel.fallback)
        self.conversations, self.models = services.chat.conversations, services.chat.models
        self.kept = kept
        self._services = services
        self._room_parts = parts

    def visit(self, request: gr.Request, *given: str) -> Visit:
        (conversation_id,) = given
        return Visit.of(self._services, conversation_id, request)

    def shown(self, visit: Visit, options: ConversationOptions) -> Update:
        return ChatScreen(self._services, self._room_parts, visit).model(options)
