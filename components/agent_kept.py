"""The options of a conversation with the agent."""

from __future__ import annotations

from collections.abc import Callable

from agents.options import AgentOptions
from components.agent_screen import AgentScreen, options_of
from components.agent_tab import AgentParts
from components.chat_screen import Visit
from components.kept_options import KeptOptions
from components.services import Services

Change = Callable[[AgentOptions], AgentOptions]


class AgentKept(KeptOptions[Visit, AgentOptions]):
    """Those of another room's conversation are none."""

    def __init__(self, services: Services, parts: AgentParts) -> None:
        super().__init__(services.agent.conversations)
        self._services = services
        self._parts = parts

    def of(self, visit: Visit) -> AgentOptions:
        screen = AgentScreen(self._services, self._parts, visit)
        return options_of(screen.read()) if visit.conversation_id else screen.begun()
