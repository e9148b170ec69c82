"""The options of a conversation with the agent: read, changed and written, one change after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from agents.options import AgentOptions
from components.agent_screen import AgentScreen, options_of
from components.agent_tab import AgentParts
from components.chat_screen import Visit
from components.services import Services

Change = Callable[[AgentOptions], AgentOptions]


class AgentKept:
    """Blocks briefly. Whatever is not the visitor's own does not exist."""

    def __init__(self, services: Services, parts: AgentParts) -> None:
        self._services = services
        self._parts = parts
        self._turn = threading.Lock()  # two changes at once would undo each other

    def begun(self, visit: Visit) -> tuple[Visit, AgentOptions]:
        """The visit of a conversation, which is made if there is none yet, and what it has."""
        screen = AgentScreen(self._services, self._parts, visit)
        if visit.conversation_id:
            return visit, options_of(screen.read())
        options = screen.begun()
        return replace(visit, conversation_id=self._services.agent.conversations.start(visit.owner, options)), options

    def change(self, visit: Visit, change: Change) -> tuple[str, AgentOptions]:
        """Keep what ``change`` makes of the options; make a conversation if there is none yet.

        Sliders change when a conversation is opened, too; that changes nothing and makes none.
        """
        screen, conversations = AgentScreen(self._services, self._parts, visit), self._services.agent.conversations
        if not visit.conversation_id:
            before = screen.begun()
            after = change(before)
            return conversations.start(visit.owner, after) if after != before else "", after
        with self._turn:
            before = options_of(screen.read())
            after = change(before)
            if after != before:
                conversations.change_options(visit.owner, visit.conversation_id, after)
        return visit.conversation_id, after
