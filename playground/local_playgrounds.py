"""The models of this machine as the Playground experiments with them; each tab of a browser chooses its own."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from chains.room_model import RoomModel
from errors import ModelUnknown
from models.local_models import Loading, LocalModels
from playground.experiments import Playground
from playground.samples import Sampler

MOST_CHOICES = 10_000  # of tabs; who comes back after so many others has the first model again


@dataclass(frozen=True)
class LocalPlayground:
    """One model: ``sampler`` has it write several texts side by side, ``model`` is it as other rooms talk to it."""

    playground: Playground
    sampler: Sampler
    model: RoomModel


class LocalPlaygrounds:
    """``make`` is asked for one when somebody first experiments with its model. Safe in any thread."""

    def __init__(self, local: LocalModels, make: Callable[[str], LocalPlayground]) -> None:
        self._local = local
        self._make = make
        self._made: dict[str, LocalPlayground] = {}
        self._chosen: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """Those to choose from, the first one at the front."""
        return self._local.names()

    def chosen(self, owner: str, session: str) -> str:
        """The model's name that this tab of the owner's browser works with."""
        with self._lock:
            return self._chosen.get((owner, session)) or self.names()[0]

    def of(self, owner: str, session: str) -> LocalPlayground:
        """The model that this tab works with. Raises ModelUnknown for one that was deleted meanwhile."""
        name = self.chosen(owner, session)
        if name not in self.names():
            raise ModelUnknown(model=name)
        with self._lock:
            if name not in self._made:
                self._made = {kept: made for kept, made in self._made.items() if kept in self.names()}
                self._made[name] = self._make(name)
            return self._made[name]

    def load(self, name: str) -> AsyncGenerator[Loading, None]:
        """Have the model ready. Raises ModelUnknown, ModelTooLarge or ModelNotLoaded."""
        return self._local.load(name)

    def choose(self, owner: str, session: str, name: str) -> None:
        """From now on this tab works with that model; what runs goes on with the old one. Raises ModelUnknown."""
        if name not in self.names():
            raise ModelUnknown(model=name)
        with self._lock:
            self._chosen[owner, session] = name
            self._chosen.move_to_end((owner, session))
            while len(self._chosen) > MOST_CHOICES:
                self._chosen.popitem(last=False)
