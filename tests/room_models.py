"""Models as a shelf has those of this machine: as they are given."""

from __future__ import annotations

from chains.room_model import RoomModel
from errors import ModelUnknown


class RoomModels:
    """``models`` by their own names, the first one first."""

    def __init__(self, *models: RoomModel) -> None:
        self.models = {model.name: model for model in models}

    def names(self) -> tuple[str, ...]:
        return tuple(self.models)

    def get(self, name: str) -> RoomModel:
        if name not in self.models:
            raise ModelUnknown(model=name)
        return self.models[name]
