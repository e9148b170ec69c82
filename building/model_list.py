"""``app.py --list-models``: the models that there are to get, and those that are here, as a table on the console."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import psutil

from building.console import Console
from building.downloads import model_folder
from components.model_catalogue_figures import size
from models.catalogue import Catalogue
from models.fleet_files import ModelFiles
from models.getting import free_disk
from models.known_models import KnownModel, KnownModels, stored_name
from models.memory_need import fit
from models.model_card import FileCard
from settings import Settings

GAP = "  "
TO_THE_RIGHT = {1, 2}  # columns of figures
HEADS = ("model", "size", "memory", "fits", "licence", "state", "id")


def list_models(settings: Settings, console: Console, files: ModelFiles) -> int:
    """Print them; returns the exit code. Only headers of files are read, and nothing is loaded or asked of a hub."""
    folder = model_folder(settings)
    free_bytes = psutil.virtual_memory().available
    known = KnownModels(Catalogue.load(), _Cards(files), folder).all()
    begun = {part.name: part.num_bytes for part in folder.unfinished()}
    rows = [_row(console, model, free_bytes, begun.get(_stored(model), 0)) for model in known]
    heads = [console.text.say(f"app_console_list_{head}") for head in HEADS]
    for line in _table([heads, *rows]):
        console.show(line)
    shown = {_stored(model) for model in known}
    if rest := [name for name in begun if name not in shown]:
        console.show("")
        console.say("list_begun", names=", ".join(rest))
    free = {"memory": free_bytes, "disk": free_disk(folder.folder)}
    console.show("")
    console.say("list_free", **{name: size(console.text, number) for name, number in free.items()})
    console.say("list_folder", path=folder.folder)
    console.say("list_get")
    return 0


class _Cards:
    """The local models as files."""

    def __init__(self, files: ModelFiles) -> None:
        self._files = files

    def names(self) -> tuple[str, ...]:
        return self._files.names()

    def card(self, name: str) -> FileCard:
        """By the name that the program gives its first one, for files may have any."""
        file = self._files.get(name)
        return replace(file.card, name=file.options.model_name or file.card.name)


def _row(console: Console, model: KnownModel, free_bytes: int, begun_bytes: int) -> list[str]:
    text = console.text
    need = model.memory_need()
    return [
        model.name,
        size(text, model.size_bytes),
        size(text, need.total) if need else "",
        text.say(f"app_md_fit_{fit(need, free_bytes) if need else 'untold'}"),
        model.licence.name,
        _state(console, model, begun_bytes),
        model.entry.id if model.entry else model.local_name,
    ]


def _state(console: Console, model: KnownModel, begun_bytes: int) -> str:
    if model.is_here:
        return console.text.say("app_console_list_here")
    return console.text.percent(begun_bytes / model.size_bytes) if begun_bytes else ""


def _stored(model: KnownModel) -> str:
    return stored_name(model.entry) if model.entry else model.stored_name


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [GAP.join(_cell(*cell) for cell in zip(row, widths, range(len(row)), strict=True)).rstrip() for row in rows]


def _cell(content: str, width: int, column: int) -> str:
    spaces = " " * (width - _width(content))
    return spaces + content if column in TO_THE_RIGHT else content + spaces


def _width(content: str) -> int:
    """In cells of a terminal: Chinese and the like take two, an accent of its own none."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in content)
    return len(content) + wide - sum(unicodedata.combining(sign) > 0 for sign in content)
