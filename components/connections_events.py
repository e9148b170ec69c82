"""The events of the Services tab of the Models room."""

from __future__ import annotations

from html import escape

from components.connections_panel import ConnectionsParts
from components.services import Services
from components.shown_errors import Update


class ConnectionsEvents:
    """Handlers over ``parts``; each asks the cookie who is there."""

    has_toasts = False

    def __init__(self, services: Services, parts: ConnectionsParts) -> None:
        self.services = services
        self._parts = parts

    def wire(self) -> None:
        """Connect everything."""

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>'}
