"""The files of local models: what each is called, what it tells of itself, and how it is to be loaded here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from errors import (
    ModelFileBroken,
    ModelFileMissing,
    ModelFileSplit,
    ModelNameInvalid,
    ModelNotDeleted,
    ModelNotHere,
    ModelUnknown,
)
from models.engine.protocol import EngineOptions
from models.engine.sizing import CACHE_WINDOWS
from models.gguf import GgufHeader, read_gguf
from models.memory_need import EnginePlan, ModelShape, memory_need, model_shape, weights_bytes
from models.model_card import FileCard, Kind, Task, file_card
from models.model_folder import ModelFolder
from models.parked_folders import ParkedFolders

LOCAL = "local/"  # what the names of local models begin with
LEAST_WINDOW = 1_024  # tokens; with less, hardly a question and its answer fit
BYTES_OF_32 = 34  # of so many weights as Q8_0


@dataclass(frozen=True)
class ModelFile:
    """``options`` are how it is loaded; ``need_bytes`` is what it takes then."""

    name: str
    card: FileCard
    options: EngineOptions
    need_bytes: int

    @property
    def can_write(self) -> bool:
        """Whether it writes text, as others understand or compare it."""
        return self.card.kind is Kind.DECODER and self.card.task in {Task.CHAT, Task.COMPLETION}


class ModelFiles:
    """``first`` is the program's own model, the others are those of ``folder``. Safe from any thread.

    A window is made smaller when a model would not fit ``budget_bytes`` otherwise; the first model always fits. Headers
    are read once.
    """

    def __init__(self, first: EngineOptions, folder: ModelFolder, budget_bytes: int) -> None:
        self._folder = folder
        self._options = first
        self.parked = ParkedFolders(first.parking_dir)
        self._lock = threading.Lock()
        self._read: dict[tuple[Path, int, int], ModelFile] = {}
        self.budget_bytes = budget_bytes
        unnamed = self._file("", first.model_path, first)
        self.budget_bytes = max(budget_bytes, unnamed.need_bytes)
        card = unnamed.card
        self.first_name = LOCAL + "-".join((first.model_name or card.name).lower().replace("/", " ").split())

    def names(self) -> tuple[str, ...]:
        """Those that write and fit, the first one at the front; a file that cannot be read is none of them."""
        found = (file for file in self._others() if file.can_write and file.need_bytes <= self.budget_bytes)
        return self.first_name, *(file.name for file in found)

    def get(self, name: str) -> ModelFile:
        """The one called ``name``, as its file is now. Raises ModelUnknown."""
        try:
            if name == self.first_name:
                return self._file(name, self._options.model_path, self._options)
            path = self._folder.path(name.removeprefix(LOCAL)) if name.startswith(LOCAL) else None
            if path is None:
                raise ModelUnknown(model=name)
            own = {"conversion_dir": None, "model_name": None, "parking_dir": self.parked.of(name)}
            return self._file(name, path, self._options.model_copy(update=own))
        except (ModelNotHere, ModelNameInvalid, ModelFileSplit, ModelFileMissing, ModelFileBroken) as error:
            raise ModelUnknown(model=name) from error

    def delete(self, name: str) -> None:
        """Whatever its file is, and what is parked of it. Raises ModelUnknown or ModelNotDeleted.

        The first one is not ours to delete.
        """
        if name == self.first_name:
            raise ModelNotDeleted(name=name)
        if not name.startswith(LOCAL):
            raise ModelUnknown(model=name)
        try:
            self._folder.delete(name.removeprefix(LOCAL))
        except (ModelNotHere, ModelNameInvalid, ModelFileSplit) as error:
            raise ModelUnknown(model=name) from error
        self.parked.delete(name)

    def _others(self) -> Iterator[ModelFile]:
        for stored in self._folder.models():
            try:
                if not _is_same(stored.path, self._options.model_path):
                    yield self.get(LOCAL + stored.name)
            except ModelUnknown:
                continue

    def _file(self, name: str, path: Path, options: EngineOptions) -> ModelFile:
        """Raises ModelFileMissing or ModelFileBroken."""
        try:
            stat = path.stat()
        except OSError as error:
            raise ModelFileMissing(path=path) from error
        key = (path, stat.st_mtime_ns, stat.st_size)
        with self._lock:
            found = self._read.get(key)
        if found is not None and found.name != name:  # the first model's, before its name was known
            found = replace(found, name=name)
        if found is None:
            header = read_gguf(path)
            card = file_card(path, header, stat.st_size)
            shown = options.model_name or card.name
            wanted = options.model_copy(update={"model_path": path.absolute(), "model_name": shown})
            found = ModelFile(name, card, *_fitted(header, wanted, self.budget_bytes))
            with self._lock:
                self._read = {old: file for old, file in self._read.items() if old[0] != path} | {key: found}
        return found


def _fitted(header: GgufHeader, wanted: EngineOptions, budget_bytes: int) -> tuple[EngineOptions, int]:
    """How a model is to be loaded so that it fits, if any window is small enough, and the bytes that it then takes."""
    shape, weights = model_shape(header), weights_bytes(header)
    if wanted.conversion_dir is not None:
        weights = sum(tensor.num_elements for tensor in header.tensors) * BYTES_OF_32 // 32
    caches = _caches(header.integer("context_length") or wanted.context_tokens, wanted)
    needs = {cache: _need(weights, shape, cache[1], wanted) for cache in caches}
    window, cells = next((cache for cache, need in needs.items() if need <= budget_bytes), caches[-1])
    return wanted.model_copy(update={"context_tokens": window, "cache_tokens": cells}), needs[window, cells]


def _need(weights: int, shape: ModelShape, cells: int, wanted: EngineOptions) -> int:
    num_rows = wanted.batch_tokens + wanted.max_sequences
    return memory_need(weights, shape, EnginePlan(cells, num_rows, wanted.max_sequences)).total


def _caches(trained_tokens: int, wanted: EngineOptions) -> list[tuple[int, int]]:
    """Windows with the cells of the whole cache, each smaller than the one before and none smaller than sensible."""
    window = min(wanted.context_tokens, trained_tokens)
    caches = [(window, window * min(CACHE_WINDOWS, wanted.max_sequences))]
    while window > LEAST_WINDOW:
        caches.append((window, window))
        window = max(LEAST_WINDOW, window // 2)
    return [*caches, (window, window)]


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
