"""A shelf of models that are given to it, under whatever names they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chains.model_shelf import ChatModelShelf
from chains.room_model import RoomModel
from tests.room_models import RoomModels


class ScriptedShelf(ChatModelShelf):
    """``models``, the first one first; ``own`` are what owners' own keys open, to each of them alone."""

    def __init__(self, *models: RoomModel, own: Mapping[str, Sequence[RoomModel]] | None = None) -> None:
        self.everybodys = RoomModels(*models)
        self.own = {owner: RoomModels(*theirs) for owner, theirs in (own or {}).items()}
        super().__init__(self.everybodys)

    def names(self, owner: str = "") -> tuple[str, ...]:
        own = self.own.get(owner)
        return (*self.everybodys.names(), *(own.names() if own else ()))

    def get(self, name: str, owner: str = "") -> RoomModel:
        own = self.own.get(owner)
        if own is not None and name in own.models:
            return own.get(name)
        return self.everybodys.get(name or self.everybodys.names()[0])
