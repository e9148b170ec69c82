"""Who is in a room where conversations are, and at which."""

from __future__ import annotations

from dataclasses import dataclass, field

from components.model_choice import Offered


@dataclass(frozen=True)
class RoomVisit:
    """``conversation_id`` is "" at none yet; ``offered`` are the models to choose from."""

    owner: str
    conversation_id: str
    language: str
    offered: Offered = field(default_factory=Offered, compare=False, kw_only=True)
