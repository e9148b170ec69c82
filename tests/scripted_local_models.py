"""Models of this machine that are only names: they load as soon as they are let."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from errors import ModelUnknown, TertuliaError
from models.local_models import LoadedModel, Loading, ModelEngine
from models.model_card import FileCard, Kind, Licence, Task, read_card
from models.model_folder import ModelFolder
from models.status import ModelState, ModelStatus

FIRST = "local/smollm2-135m"


def file_card(name: str = "SmolLM2 135M", num_parameters: int = 134_515_008) -> FileCard:
    """That of the default model, but for what is given."""
    return FileCard(
        path=Path("model.gguf"), file_bytes=144_811_328, name=name, maker="HuggingFaceTB",
        licence=Licence("apache-2.0"), address="", languages=("en",), architecture="llama", kind=Kind.DECODER,
        task=Task.CHAT, gives_tools=False, num_parameters=num_parameters, weights="Q8_0", context_tokens=8_192,
        window_tokens=0, num_layers=30, vocabulary_size=49_152,
    )  # fmt: skip


@dataclass
class ScriptedLocalModels:
    """``faults`` are what loading a model of that name ends in. ``go_on`` must be set for one to load.

    With a ``folder``, what is in it can be used, too. ``is_waiting`` is set once one is being loaded.
    """

    cards: dict[str, FileCard] = field(default_factory=lambda: {FIRST: file_card()})
    faults: Mapping[str, TertuliaError] = field(default_factory=dict)
    engines: Mapping[str, ModelEngine] = field(default_factory=dict)
    in_memory: list[str] = field(default_factory=lambda: [FIRST])
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    folder: ModelFolder | None = None
    is_waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.go_on.set()

    def names(self) -> tuple[str, ...]:
        return (*self.cards, *self._stored())

    def card(self, name: str) -> FileCard:
        if name in self.cards:
            return self.cards[name]
        if name not in self._stored():
            raise ModelUnknown(model=name)
        return read_card(self._stored()[name])

    def _stored(self) -> dict[str, Path]:
        return {f"local/{stored.name}": stored.path for stored in self.folder.models()} if self.folder else {}

    def context_tokens(self, name: str) -> int:
        return self.card(name).context_tokens

    def engine(self, name: str) -> ModelEngine:
        self.card(name)
        return self.engines[name]

    def loaded(self) -> tuple[LoadedModel, ...]:
        return tuple(LoadedModel(name, self._status(name), 300_000_000) for name in self.in_memory)

    def status(self) -> ModelStatus:
        return self._status(self.in_memory[0])

    async def load(self, name: str) -> AsyncGenerator[Loading, None]:
        self.card(name)
        yield Loading(0.5)
        self.is_waiting.set()
        await self.go_on.wait()
        if name in self.faults:
            raise self.faults[name]
        self.in_memory = [name, *(other for other in self.in_memory if other != name)]

    async def delete(self, name: str) -> None:
        self.card(name)
        if self.folder and name in self._stored():
            self.folder.delete(name.removeprefix("local/"))
        else:
            del self.cards[name]
        self.in_memory = [other for other in self.in_memory if other != name]

    def _status(self, name: str) -> ModelStatus:
        return ModelStatus(self.card(name).name, ModelState.READY, 41.7)
