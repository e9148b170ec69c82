"""The filters above the cards: their fields in HTML, and what the page's script reports of them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components import model_catalogue_figures as figures
from components.local_text import LocalText
from components.shown_line import shown_line
from errors import OptionInvalid
from models.catalogue import CatalogueFilter
from models.known_models import KnownModel
from models.model_card import Task
from safety.surrogates import without_surrogates

MAX_TEXT = 100
MAX_WANTED = 2_000
SIZES = (500_000_000, 1_000_000_000, 2_000_000_000, 4_000_000_000)
TASKS = (Task.CHAT, Task.COMPLETION, Task.EMBEDDING, Task.RANKING)
FEW = 2  # choices, or more, are worth a field
OPEN = "open"


class Wanted(BaseModel):
    """``licence`` is the name of one, or OPEN for those of open source; ``open`` is the id of the card that is open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(default="", max_length=MAX_TEXT)
    task: Task | Literal[""] = ""
    tools: bool = False
    licence: str = Field(default="", max_length=200)
    language: str = Field(default="", max_length=20)
    size: int | Literal[""] = ""
    fits: bool = False
    open: str = Field(default="", max_length=100)

    def filter(self, free_bytes: int) -> CatalogueFilter:
        """For a machine with so much memory for models."""
        is_open = self.licence == OPEN
        return CatalogueFilter(
            text=self.text,
            task=self.task or None,
            gives_tools=True if self.tools else None,
            licence="" if is_open else self.licence,
            is_open_source=True if is_open else None,
            language=self.language,
            max_size_bytes=self.size or None,
            free_bytes=free_bytes if self.fits else None,
        )


def wanted_from(reported: str | None) -> Wanted:
    """What the page's script says is chosen; everything, before it says anything. Raises OptionInvalid."""
    given = without_surrogates(reported or "")[:MAX_WANTED]
    try:
        return Wanted.model_validate_json(given) if given else Wanted()
    except ValidationError as error:
        raise OptionInvalid(name="filter", value=given[:40]) from error


def filter_fields(models: Iterable[KnownModel], text: LocalText) -> str:
    """Only what tells some of the ``models`` from others."""
    known = list(models)
    tasks = [task for task in TASKS if any(model.task is task for model in known)]
    licences = _most_usual_first(model.licence_name for model in known)
    languages = _most_usual_first(code for model in known for code in model.languages)
    fields = [
        _text(text),
        _select(text, "task", [(str(task), text.html(f"app_md_task_{task}")) for task in tasks]),
        _select(text, "language", [(code, figures.language(text, code)) for code in languages]),
        _select(
            text,
            "licence",
            [(OPEN, text.html("app_md_open_source")), *((name, shown_line(name)) for name in licences)],
        ),
        _select(
            text, "size", [(str(size), text.html("app_md_up_to", size=figures.size(text, size))) for size in SIZES]
        ),
        _box(text, "tools"),
        _box(text, "fits"),
    ]
    label = text.html("app_md_filters")
    return f'<div class="md-filters" role="search" aria-label="{label}">{"".join(fields)}</div>'


def _text(text: LocalText) -> str:
    return (
        f'<label class="md-name"><span>{text.html("app_md_filter_text")}</span>'
        f'<input type="search" data-filter="text" maxlength="{MAX_TEXT}" autocomplete="off"></label>'
    )


def _select(text: LocalText, name: str, choices: list[tuple[str, str]]) -> str:
    if len(choices) < FEW:
        return ""
    every = f'<option value="">{text.html(f"app_md_any_{name}")}</option>'
    rest = "".join(f'<option value="{escape(value)}">{label}</option>' for value, label in choices)
    label = text.html(f"app_md_filter_{name}")
    return f'<label><span>{label}</span><select data-filter="{name}">{every}{rest}</select></label>'


def _box(text: LocalText, name: str) -> str:
    label = text.html(f"app_md_filter_{name}")
    return f'<label class="md-box"><input type="checkbox" data-filter="{name}"><span>{label}</span></label>'


def _most_usual_first(words: Iterable[str]) -> list[str]:
    counted: dict[str, int] = {}
    for word in filter(None, words):
        counted[word] = counted.get(word, 0) + 1
    return sorted(counted, key=lambda word: -counted[word])
