"""What the Catalogue tab shows, as updates of its components."""

from __future__ import annotations

from components.model_catalogue_card import card_state, model_card
from components.model_catalogue_downloads import download_rows
from components.model_catalogue_filters import Wanted, filter_fields
from components.model_catalogue_grid import model_grid
from components.model_catalogue_machine import machine_view
from components.model_catalogue_panel import ModelCatalogueParts
from components.model_catalogue_state import CatalogueState, CatalogueVisit, catalogue_state
from components.models_room import FilesRoom
from components.shown_errors import Update
from components.shown_line import shown_line
from models.getting import Getting
from models.known_models import KnownModels


class ModelCatalogueScreen:
    """Updates for one visit. Reads headers and asks the disk, and so blocks briefly."""

    def __init__(
        self, room: FilesRoom, known: KnownModels, getting: Getting, parts: ModelCatalogueParts, visit: CatalogueVisit
    ) -> None:
        self.visit = visit
        self._room = room
        self._known = known
        self._getting = getting
        self._parts = parts

    def state(self) -> CatalogueState:
        return catalogue_state(self._room, self._known, self._getting)

    def whole(self, wanted: Wanted) -> Update:
        """Everything, the filters' fields too."""
        state = self.state()
        fields = filter_fields(state.models, self.visit.text)
        return {self._parts.filters: fields, **self._listed(state, wanted)}

    def listed(self, wanted: Wanted) -> Update:
        """Everything but the filters' fields."""
        return self._listed(self.state(), wanted)

    def card(self, wanted: Wanted) -> Update:
        """The card that is open."""
        return self._card(self.state(), wanted)

    def say(self, key: str, **values: object) -> Update:
        """One sentence about what was asked for."""
        return {self._parts.status: f"<p>{shown_line(self.visit.text.say(key, **values))}</p>"}

    def working(self, key: str, share: float | None = None, **values: object) -> Update:
        """The same over a bar."""
        sentence = shown_line(self.visit.text.say(key, **values))
        value = "" if share is None else f' max="1" value="{share:.3f}"'
        return {self._parts.status: f'<p><progress{value} aria-label="{sentence}"></progress>{sentence}</p>'}

    def _listed(self, state: CatalogueState, wanted: Wanted) -> Update:
        wanted_ones = wanted.filter(state.free_bytes)
        shown = [model for model in state.models if wanted_ones.admits(model)]
        return {
            self._parts.machine: machine_view(state, self.visit),
            self._parts.downloads: download_rows(state, self._getting, self.visit),
            self._parts.grid: model_grid(shown, state, self.visit),
            **self._card(state, wanted),
        }

    def _card(self, state: CatalogueState, wanted: Wanted) -> Update:
        model = state.find(wanted.open) if wanted.open else None
        if model is None:
            return {self._parts.card: "", self._parts.now: ""}
        return {
            self._parts.card: model_card(model, state, self.visit),
            self._parts.now: card_state(model, state, self.visit),
        }
