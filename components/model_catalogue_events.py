"""The events of the Catalogue tab of the Models room."""

from __future__ import annotations

from html import escape

from components.model_catalogue_panel import ModelCatalogueParts
from components.services import Services
from components.shown_errors import Update


class ModelCatalogueEvents:
    """Handlers over ``parts``; each asks the cookie who is there."""

    has_toasts = False

    def __init__(self, services: Services, parts: ModelCatalogueParts) -> None:
        self.services = services
        self._parts = parts

    def wire(self) -> None:
        """Connect everything."""

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>'}
