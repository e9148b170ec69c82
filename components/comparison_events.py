"""The events of the Compare tab of the Models room."""

from __future__ import annotations

from html import escape

from components.comparison_panel import ComparisonParts
from components.services import Services
from components.shown_errors import Update


class ComparisonEvents:
    """Handlers over ``parts``; each asks the cookie who is there."""

    has_toasts = False

    def __init__(self, services: Services, parts: ComparisonParts) -> None:
        self.services = services
        self._parts = parts

    def wire(self) -> None:
        """Connect everything."""

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>'}
