"""The models of this machine, each in a process of its own that is started when the model is first asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from typing import TypeAlias

from errors import ModelNotLoaded, ModelUnknown
from models.engine.protocol import EngineOptions
from models.engine.supervisor import Supervisor
from models.engine.worker_news import ModelCard
from models.fleet_files import ModelFile, ModelFiles
from models.local_models import LoadedModel, Loading, ModelEngine
from models.model_card import FileCard
from models.status import ModelStatus

Start: TypeAlias = Callable[[EngineOptions], Supervisor]


class ModelFleet:
    """As ``models.local_models.LocalModels``. Begins to load the first one at once."""

    def __init__(self, files: ModelFiles, start: Start) -> None:
        self._files = files
        self._start = start
        self._lock = threading.Lock()
        self._running: dict[str, tuple[ModelFile, Supervisor]] = {}  # the one used last at the end
        self._used(files.first_name)

    @property
    def first_name(self) -> str:
        return self._files.first_name

    def wait(self) -> ModelCard:
        """Block until the first model is loaded. Raises ModelNotLoaded."""
        return self._used(self.first_name).wait()

    def names(self) -> tuple[str, ...]:
        return self._files.names()

    def card(self, name: str) -> FileCard:
        return self._files.get(name).card

    def context_tokens(self, name: str) -> int:
        return self._files.get(name).options.context_tokens

    def engine(self, name: str) -> ModelEngine:
        return self._used(name)

    def loaded(self) -> tuple[LoadedModel, ...]:
        with self._lock:
            running = list(self._running.items())
        return tuple(LoadedModel(name, engine.status(), file.need_bytes) for name, (file, engine) in reversed(running))

    def status(self) -> ModelStatus:
        return self.loaded()[0].status

    async def load(self, name: str) -> AsyncGenerator[Loading, None]:
        engine = self._used(name)
        yield Loading()
        try:
            await asyncio.to_thread(engine.wait)
        except ModelNotLoaded:
            with self._lock:
                del self._running[name]
            raise

    async def delete(self, name: str) -> None:
        self._files.get(name)
        with self._lock:
            _, engine = self._running.pop(name, (None, None))
        if engine is not None:
            await asyncio.to_thread(engine.drain)
            await asyncio.to_thread(engine.close)
        self._files.delete(name)

    def close(self) -> None:
        """End all of them."""
        for _, engine in self._running.values():
            engine.close()

    def _used(self, name: str) -> Supervisor:
        file = self._files.get(name)
        if not file.can_write:
            raise ModelUnknown(model=name)
        with self._lock:
            _, engine = self._running.pop(name, (None, None))
            engine = engine or self._start(file.options)
            self._running[name] = (file, engine)
        return engine
