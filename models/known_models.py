"""The models that one can choose from: those of the catalogue, and those whose files are here."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from errors import ModelFileBroken, ModelFileMissing, ModelUnknown
from models.catalogue import Catalogue, CatalogueEntry, Spanish, fit_of, usual_plan
from models.gguf import read_gguf
from models.memory_need import EnginePlan, Fit, MemoryNeed, ModelShape, memory_need, model_shape, weights_bytes
from models.model_card import FileCard, Kind, Licence, Task, read_card
from models.model_folder import ModelFolder, StoredModel, hub_name
from models.speed_estimate import TokenCost, token_cost

ID_LETTERS = 16
RANKS = [Spanish.GOOD, Spanish.SOME, None, Spanish.POOR]


@dataclass(frozen=True)
class HeaderFacts:
    """What a file's header says of its needs."""

    shape: ModelShape
    weights_bytes: int
    cost: TokenCost


def read_facts(path: Path) -> HeaderFacts:
    """Raises ModelFileMissing or ModelFileBroken."""
    header = read_gguf(path)
    return HeaderFacts(model_shape(header), weights_bytes(header), token_cost(header))


@dataclass(frozen=True)
class KnownModel:
    """An ``entry`` of the catalogue, or the ``card`` of a file that is here, or both.

    ``local_name`` is what it is used by, once it is here and if it writes. ``stored_name`` is its place in the folder
    of models, empty where it lies elsewhere. ``facts`` are of its header, None where that is not here, or unreadable.
    """

    id: str
    entry: CatalogueEntry | None = None
    card: FileCard | None = None
    facts: HeaderFacts | None = None
    local_name: str = ""
    stored_name: str = ""

    @property
    def is_here(self) -> bool:
        return self.card is not None

    @property
    def name(self) -> str:
        return self.entry.name if self.entry else self._card.name

    @property
    def maker(self) -> str:
        return self.entry.maker if self.entry else self._card.maker

    @property
    def searched(self) -> str:
        own = self.entry.searched if self.entry else f"{self.name} {self.maker}"
        return f"{own} {self.local_name} {self.stored_name}"

    @property
    def licence(self) -> Licence:
        return Licence(self.entry.licence.name, self.entry.licence.link) if self.entry else self._card.licence

    @property
    def licence_name(self) -> str:
        return self.licence.name

    @property
    def is_open_source(self) -> bool | None:
        """None where nobody told."""
        return self.entry.is_open_source if self.entry else None

    @property
    def num_parameters(self) -> int:
        return self.entry.num_parameters if self.entry else self._card.num_parameters

    @property
    def weights(self) -> str:
        return self.entry.weights if self.entry else self._card.weights

    @property
    def size_bytes(self) -> int:
        """Of the file: the true one when it is here."""
        return self.card.file_bytes if self.card else self._entry.size_bytes

    @property
    def context_tokens(self) -> int:
        return self.entry.context_tokens if self.entry else self._card.context_tokens

    @property
    def languages(self) -> tuple[str, ...]:
        return self.entry.languages if self.entry else self._card.languages

    @property
    def spanish(self) -> Spanish | None:
        """None where nobody told which languages it knows."""
        if self.entry:
            return self.entry.spanish
        if not self.languages:
            return None
        return Spanish.SOME if {"es", "spa"}.intersection(self.languages) else Spanish.POOR

    @property
    def task(self) -> Task:
        return self.entry.task if self.entry else self._card.task

    @property
    def gives_tools(self) -> bool:
        return self.entry.gives_tools if self.entry else self._card.gives_tools

    @property
    def writes(self) -> bool:
        return self.task in (Task.CHAT, Task.COMPLETION)

    @property
    def cost(self) -> TokenCost | None:
        if self.facts:
            return self.facts.cost
        return self.entry.token_cost if self.entry else None

    def memory_need(self, context_tokens: int | None = None) -> MemoryNeed | None:
        """With conversations of so many tokens, a usual number by default; None where nothing tells."""
        plan = EnginePlan.for_context(context_tokens) if context_tokens else usual_plan(self.context_tokens)
        need_of = self._need_of
        return need_of(plan) if need_of else None

    def fit(self, free_bytes: int) -> Fit | None:
        need_of = self._need_of
        return fit_of(need_of, self.context_tokens, free_bytes) if need_of else None

    @property
    def _need_of(self) -> Callable[[EnginePlan], MemoryNeed] | None:
        """From the header where that is here, else from the catalogue."""
        if self.facts:
            return partial(memory_need, self.facts.weights_bytes, self.facts.shape)
        return self.entry.memory_need if self.entry else None

    @property
    def _card(self) -> FileCard:
        assert self.card is not None
        return self.card

    @property
    def _entry(self) -> CatalogueEntry:
        assert self.entry is not None
        return self.entry


class LocalFiles(Protocol):
    """What is asked of the local models: their names, and what the file of each tells."""

    def names(self) -> tuple[str, ...]: ...

    def card(self, name: str) -> FileCard:
        """Raises ModelUnknown."""


class KnownModels:
    """Reads a header again only when its file has changed. Safe from any thread; reading blocks briefly."""

    def __init__(self, catalogue: Catalogue, local: LocalFiles, folder: ModelFolder) -> None:
        self._catalogue = catalogue
        self._local = local
        self._folder = folder
        self._facts: dict[Path, tuple[tuple[int, int], HeaderFacts | None]] = {}
        self._reading = threading.Lock()

    def all(self) -> list[KnownModel]:
        """Models to talk with first, and among those who speaks Spanish best; each kind in the order of the catalogue.

        A file that is of no entry comes before the entries that are as good.
        """
        here = {model.stored_name or model.id: model for model in self._files()}
        entries = [self._entry(entry, here.pop(stored_name(entry), None)) for entry in self._catalogue.listed()]
        return sorted([*here.values(), *entries], key=lambda model: (model.task is not Task.CHAT, _rank(model)))

    def find(self, model_id: str) -> KnownModel | None:
        return next((model for model in self.all() if model.id == model_id), None)

    def _entry(self, entry: CatalogueEntry, file: KnownModel | None) -> KnownModel:
        if file is None:
            return KnownModel(entry.id, entry)
        return KnownModel(entry.id, entry, file.card, file.facts, file.local_name, file.stored_name)

    def _files(self) -> list[KnownModel]:
        """Those that write, and then the others of the folder."""
        found = []
        for name in self._local.names():
            with suppress(ModelUnknown, ModelFileMissing, ModelFileBroken):  # it was deleted, or spoilt, a moment ago
                card = self._local.card(name)
                stored = self._stored_name(card.path)
                found.append(KnownModel(_id(name), None, card, self._read(card.path), name, stored))
        known = {model.stored_name for model in found}
        others = [stored for stored in self._folder.models() if stored.name not in known]
        return found + [self._other(stored) for stored in others]

    def _other(self, stored: StoredModel) -> KnownModel:
        try:
            card = read_card(stored.path)
        except (OSError, ModelFileMissing, ModelFileBroken):
            card = _blank_card(stored)
        return KnownModel(_id(stored.name), None, card, self._read(stored.path), "", stored.name)

    def _stored_name(self, path: Path) -> str:
        is_inside = path.is_relative_to(self._folder.folder)
        return path.relative_to(self._folder.folder).as_posix() if is_inside else ""

    def _read(self, path: Path) -> HeaderFacts | None:
        try:
            state = path.stat()
            as_it_is = (state.st_size, state.st_mtime_ns)
            with self._reading:
                known = self._facts.get(path)
                if known is None or known[0] != as_it_is:
                    known = self._facts[path] = (as_it_is, read_facts(path))
            return known[1]
        except (OSError, ModelFileMissing, ModelFileBroken):
            return None


def stored_name(entry: CatalogueEntry) -> str:
    """What the entry's file is called once it is here."""
    return hub_name(entry.repository, entry.file)


def _id(name: str) -> str:
    return f"file-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:ID_LETTERS]}"


def _blank_card(stored: StoredModel) -> FileCard:
    """Of a file that cannot be read: it takes room on the disk all the same."""
    return FileCard(
        path=stored.path, file_bytes=stored.num_bytes, name=stored.path.stem, maker="", licence=Licence(""), address="",
        languages=(), architecture="", kind=Kind.DECODER, task=Task.COMPLETION, gives_tools=False, num_parameters=0,
        weights="", context_tokens=0, window_tokens=0, num_layers=0, vocabulary_size=0,
    )  # fmt: skip


def _rank(model: KnownModel) -> int:
    return RANKS.index(model.spanish)
