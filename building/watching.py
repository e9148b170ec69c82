"""What whoever watches the program is told by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.fleet import ModelFleet
from settings import Settings
from storage.database import Database

if TYPE_CHECKING:
    from components.presence import Presence
    from components.watching import Watching


def build_watching(settings: Settings, fleet: ModelFleet, database: Database, presence: Presence) -> Watching:
    """Made before the rooms, which tell it of their turns. Raises TracingPackageMissing."""
    from components.metrics import Sources
    from components.watching import Watching

    sources = Sources(lambda: [model.status for model in fleet.loaded()], fleet.totals, presence.count)
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    return Watching(sources, database.check, token)
