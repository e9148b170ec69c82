"""The open models that the program knows of, from ``catalogue.yaml``, and which of them a person is looking for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field

from models.memory_need import EnginePlan, Fit, Layer, MemoryNeed, ModelShape, fit, memory_need
from models.model_card import Task
from models.speed_estimate import TokenCost, usual_cost

FORMAT: Literal["tertulia.catalogue"] = "tertulia.catalogue"
REPOSITORY = r"[\w.-]+/[\w.-]+"
FILE_NAME = r"[\w.-]+\.gguf"
SHA256 = r"[0-9a-f]{64}"
LANGUAGE = r"[a-z]{2,3}"
LEAST_CONTEXT, LEAST_ROWS = 1_024, 32  # with less, hardly a question and its answer fit
USUAL_CONTEXT = 8_192  # tokens that "fits this machine" is reckoned with, where nobody asks for more


class Spanish(StrEnum):
    """GOOD: one of the few languages it was made for. SOME: one of very many. POOR: none of them."""

    GOOD = "good"
    SOME = "some"
    POOR = "poor"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CatalogueLicence(_Part):
    """``is_open_source`` as the Open Source Initiative means it: no conditions on who uses it for what."""

    name: str
    link: str = Field(pattern="^https://")
    is_open_source: bool


class CatalogueShape(_Part):
    """What a file's header would say of its needs; see ``ModelShape``."""

    num_layers: int = Field(ge=1)
    num_heads: int = Field(ge=1)
    vocabulary_size: int = Field(ge=1)
    cell_bytes: int = Field(ge=0)


class About(_Part):
    """What it is, in a sentence or two, in each language of the page."""

    en: str = Field(min_length=1)
    es: str = Field(min_length=1)


class CatalogueEntry(_Part):
    """One file of one model. ``size_bytes`` is exact where there is a ``sha256``."""

    id: str = Field(pattern=r"^[a-z0-9.-]+$")
    name: str = Field(min_length=1)
    maker: str = Field(min_length=1)
    repository: str = Field(pattern=f"^{REPOSITORY}$")
    file: str = Field(pattern=f"^{FILE_NAME}$")
    size_bytes: int = Field(ge=1)
    sha256: str | None = Field(default=None, pattern=f"^{SHA256}$")
    licence: CatalogueLicence
    num_parameters: int = Field(ge=1)
    weights: str
    context_tokens: int = Field(ge=1)
    languages: tuple[Annotated[str, Field(pattern=f"^{LANGUAGE}$")], ...] = Field(min_length=1)
    num_languages: int | None = None
    spanish: Spanish
    task: Task
    gives_tools: bool
    shape: CatalogueShape
    about: About

    @property
    def is_base(self) -> bool:
        """A base model goes on with a text; it was not tuned to answer."""
        return self.task is Task.COMPLETION

    @property
    def searched(self) -> str:
        return f"{self.name} {self.maker} {self.repository} {self.file}"

    @property
    def licence_name(self) -> str:
        return self.licence.name

    @property
    def is_open_source(self) -> bool:
        return self.licence.is_open_source

    @property
    def model_shape(self) -> ModelShape:
        layers = (Layer(self.shape.cell_bytes),)
        return ModelShape(layers, self.shape.num_heads, self.shape.vocabulary_size)

    @property
    def token_cost(self) -> TokenCost:
        return usual_cost(self.weights, self.size_bytes, self.shape.num_layers)

    def memory_need(self, plan: EnginePlan | None = None) -> MemoryNeed:
        """Without a ``plan``, for a usual conversation."""
        return memory_need(self.size_bytes, self.model_shape, plan or usual_plan(self.context_tokens))

    def fit(self, free_bytes: int) -> Fit:
        return fit_of(self.memory_need, self.context_tokens, free_bytes)


def usual_plan(context_tokens: int) -> EnginePlan:
    """For conversations as they usually are, with a model that was made for so many tokens."""
    return EnginePlan.for_context(min(context_tokens or USUAL_CONTEXT, USUAL_CONTEXT))


def fit_of(need_of: Callable[[EnginePlan], MemoryNeed], context_tokens: int, free_bytes: int) -> Fit:
    """What only fits with less than usual conversations is TIGHT: the engine makes the window smaller then."""
    usual = fit(need_of(usual_plan(context_tokens)), free_bytes)
    least = need_of(EnginePlan(LEAST_CONTEXT, LEAST_ROWS, max_sequences=1))
    return Fit.TIGHT if usual is Fit.TOO_LARGE and least.total <= free_bytes else usual


class Filtered(Protocol):
    """What a filter looks at. ``searched`` are the names that somebody may type, ``is_open_source`` None where untold.

    ``fit`` is None where nothing tells what it needs.
    """

    @property
    def searched(self) -> str: ...

    @property
    def task(self) -> Task: ...

    @property
    def gives_tools(self) -> bool: ...

    @property
    def licence_name(self) -> str: ...

    @property
    def is_open_source(self) -> bool | None: ...

    @property
    def languages(self) -> tuple[str, ...]: ...

    @property
    def size_bytes(self) -> int: ...

    def fit(self, free_bytes: int) -> Fit | None: ...


@dataclass(frozen=True)
class CatalogueFilter:
    """What is empty or None does not matter.

    ``text`` stands in the name, the maker's or the repository's, ``licence`` is the name of one, ``language`` a code;
    with ``free_bytes``, only those that fit there.
    """

    text: str = ""
    task: Task | None = None
    gives_tools: bool | None = None
    licence: str = ""
    is_open_source: bool | None = None
    language: str = ""
    max_size_bytes: int | None = None
    free_bytes: int | None = None

    def admits(self, model: Filtered) -> bool:
        return (
            self._has_text(model)
            and self.task in (None, model.task)
            and self.gives_tools in (None, model.gives_tools)
            and self.licence in ("", model.licence_name)
            and self.is_open_source in (None, model.is_open_source)
            and (not self.language or self.language in model.languages)
            and (self.max_size_bytes is None or model.size_bytes <= self.max_size_bytes)
            and self._is_fit(model)
        )

    def _has_text(self, model: Filtered) -> bool:
        """Every word of it, in any case."""
        names = model.searched.casefold()
        return all(word in names for word in self.text.casefold().split())

    def _is_fit(self, model: Filtered) -> bool:
        return self.free_bytes is None or model.fit(self.free_bytes) in (Fit.ROOMY, Fit.TIGHT)


class _CatalogueFile(_Part):
    format: Literal["tertulia.catalogue"]
    version: Literal[1]
    models: tuple[CatalogueEntry, ...]


class Catalogue:
    """In the order of the file: who speaks Spanish first."""

    def __init__(self, entries: Iterable[CatalogueEntry]) -> None:
        self._entries = tuple(entries)

    @classmethod
    def load(cls, file: Path | None = None) -> Catalogue:
        """Read ``file``, by default the one beside this module."""
        file = file or Path(__file__).with_suffix(".yaml")
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        return cls(_CatalogueFile.model_validate(content).models)

    def listed(self, wanted: CatalogueFilter | None = None) -> tuple[CatalogueEntry, ...]:
        """Those that ``wanted`` admits; all, without it."""
        return tuple(entry for entry in self._entries if wanted is None or wanted.admits(entry))

    def find(self, entry_id: str) -> CatalogueEntry | None:
        return next((entry for entry in self._entries if entry.id == entry_id), None)

    def find_file(self, repository: str, file: str) -> CatalogueEntry | None:
        """Who asks for a file by hand may ask for one that is known."""
        wanted = (repository.casefold(), file)
        return next((entry for entry in self._entries if (entry.repository.casefold(), entry.file) == wanted), None)

    def licences(self) -> tuple[str, ...]:
        """Their names, for a choice, the most usual first."""
        return _most_usual_first(entry.licence.name for entry in self._entries)

    def languages(self) -> tuple[str, ...]:
        """Codes of all languages that any names, for a choice, the most usual first."""
        return _most_usual_first(code for entry in self._entries for code in entry.languages)


def _most_usual_first(words: Iterable[str]) -> tuple[str, ...]:
    """Each once; as they come, where they are as usual."""
    return tuple(word for word, _ in Counter(words).most_common())
