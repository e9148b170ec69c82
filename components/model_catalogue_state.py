"""What the Catalogue tab shows, as it is at one moment, for one visitor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.local_text import LocalText
from components.models_room import FilesRoom
from models.download_job import Download, DownloadState
from models.getting import Getting, free_disk
from models.known_models import KnownModel, KnownModels, stored_name
from models.local_models import LoadedModel
from models.speed_estimate import LIKELY_ERROR, tokens_per_second


@dataclass(frozen=True)
class CatalogueVisit:
    """Who is looking. Who ``is_operator`` may add and delete; who ``is_here`` may also name files of this machine."""

    text: LocalText
    is_operator: bool
    is_here: bool


@dataclass(frozen=True)
class SpeedEstimate:
    """Tokens a second, and between what they likely are."""

    speed: float
    low: float
    high: float


@dataclass(frozen=True)
class CatalogueState:
    """``free_bytes`` of memory that models could have, ``free_disk_bytes`` of the disk that they lie on.

    ``bandwidth`` is None before it was measured, ``budget_bytes`` where nobody told.
    """

    models: list[KnownModel]
    downloads: Mapping[str, Download]
    loaded: Mapping[str, LoadedModel]
    free_bytes: int
    free_disk_bytes: int
    bandwidth: float | None
    budget_bytes: int | None

    def find(self, model_id: str) -> KnownModel | None:
        return next((model for model in self.models if model.id == model_id), None)

    def model_of(self, local_name: str) -> KnownModel | None:
        return next((model for model in self.models if model.local_name == local_name), None)

    def download_of(self, model: KnownModel) -> Download | None:
        """What is under way of it, or was left unfinished; None once it is here."""
        if model.is_here or model.entry is None:
            return None
        download = self.downloads.get(stored_name(model.entry))
        return None if download is None or download.state is DownloadState.DONE else download

    def speed_of(self, model: KnownModel) -> SpeedEstimate | None:
        """None for what writes nothing, and before this machine was measured."""
        if self.bandwidth is None or model.cost is None or not model.writes:
            return None
        speed = tokens_per_second(model.cost, self.bandwidth)
        return SpeedEstimate(speed, speed * (1 - LIKELY_ERROR), speed * (1 + LIKELY_ERROR)) if speed else None

    def name_of(self, stored: str) -> str:
        """For people, of a name in the folder of models."""
        known = (model for model in self.models if model.entry and stored_name(model.entry) == stored)
        return next((model.name for model in known), stored.rpartition("/")[2])


def catalogue_state(room: FilesRoom, known: KnownModels, getting: Getting) -> CatalogueState:
    """Reads headers and asks the disk, and so blocks briefly.

    Models that are loaded make room for others, so what they take counts as free.
    """
    loaded = room.local.loaded()
    free = room.machine.free_bytes + sum(model.need_bytes for model in loaded)
    return CatalogueState(
        models=known.all(),
        downloads={download.name: download for download in getting.coming()},
        loaded={model.name: model for model in loaded},
        free_bytes=free if room.budget_bytes is None else min(free, room.budget_bytes),
        free_disk_bytes=free_disk(room.folder.folder),
        bandwidth=room.machine.bandwidth,
        budget_bytes=room.budget_bytes,
    )
