"""An experiment as the end of an address: all that restores it, made small, and checked like any input of strangers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.sampling import SamplingParams
from playground.chain import Order
from playground.positions import Position
from playground.views import ModelFacts

Panel = Literal["next", "steps", "tokens", "score"]


class Experiment(BaseModel):
    """What the controls show. ``panel`` is the small tab, ``other_text`` the one compared with, empty for none.

    ``model`` and ``fingerprint`` say where it was made; ``differs_from`` tells whether that is the loaded model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    panel: Panel
    model: str
    fingerprint: str
    text: str = ""
    is_chat: bool = False
    other_text: str = ""
    sampling: SamplingParams = SamplingParams()
    order: Order = Order.ENGINE
    path: tuple[int, ...] = ()
    chosen: int | None = None

    @property
    def position(self) -> Position:
        """Where the model is looked at."""

    def differs_from(self, facts: ModelFacts) -> bool:
        """Another model made it: ids and numbers may be others. (Say so, and look at the text with this one.)"""


def to_fragment(experiment: Experiment) -> str:
    """``playground=...``, for after the # of an address, which no server is sent. Raises PermalinkTooLong."""


def from_fragment(fragment: str) -> Experiment:
    """What ``to_fragment`` was given. Raises PermalinkInvalid for all else, with or without the #."""
