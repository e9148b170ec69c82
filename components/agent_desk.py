"""What every handler of the Agent room begins with: who is there, and what they are shown."""

from __future__ import annotations

import gradio as gr

from components.agent_screen import AgentScreen
from components.agent_tab import AgentParts
from components.chat_screen import Visit
from components.language import language_of
from components.model_choice import Offered
from components.services import Services


class AgentDesk:
    """Makes visits and their screens."""

    def __init__(self, services: Services, parts: AgentParts) -> None:
        self._services = services
        self._parts = parts

    def visit(self, conversation_id: str | None, request: gr.Request, search: str = "") -> Visit:
        """Raises SessionMissing."""
        owner = self._services.owners.owner_of(request)
        offered = Offered.to(owner, self._services.agent.models)
        return Visit(owner, conversation_id or "", language_of(request), search, offered=offered)

    async def screen(self, visit: Visit) -> AgentScreen:
        """With the tools that the visitor may use."""
        tools = await self._services.agent.answers.tools(visit.owner, visit.language)
        return AgentScreen(self._services, self._parts, visit, tools)
