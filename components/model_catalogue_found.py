"""Model files that were found in a repository of the hub or in a folder of this machine, in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components import model_catalogue_figures as figures
from components.local_text import LocalText
from components.shown_line import shown_line
from models.hub import ListedFile
from models.model_folder import StoredModel

MAX_SHOWN = 100


def hub_files(repository: str, files: Sequence[ListedFile], free_bytes: int, text: LocalText) -> str:
    """Each with what it takes of the disk, and a button that gets it."""
    rows = [_row(text, "get", f"{repository}/{file.path}", file.path, file.size) for file in files]
    return _listed(rows, free_bytes, text)


def local_files(files: Sequence[StoredModel], free_bytes: int, text: LocalText) -> str:
    rows = [_row(text, "bring", str(file.path), file.name, file.num_bytes) for file in files]
    return _listed(rows, free_bytes, text)


def _listed(rows: Sequence[str], free_bytes: int, text: LocalText) -> str:
    if not rows:
        return f'<p class="md-note">{text.html("app_md_found_none")}</p>'
    more = f'<p class="md-note">{text.html("app_md_found_more", count=MAX_SHOWN)}</p>' if len(rows) > MAX_SHOWN else ""
    free = text.html("app_md_found_free", free=figures.size(text, free_bytes))
    return (
        f'<div class="md-found" data-bridge="model_catalogue"><p class="md-note">{free}</p>'
        f"<ul>{''.join(rows[:MAX_SHOWN])}</ul>{more}</div>"
    )


def _row(text: LocalText, act: str, name: str, shown: str, num_bytes: int) -> str:
    label = text.html(f"app_md_act_{act}")
    return (
        f'<li><span dir="auto">{shown_line(shown)}</span><span>{figures.size(text, num_bytes)}</span>'
        f'<button type="button" class="md-button {act}" data-act="{act}" data-kind="click" data-name="{escape(name)}" '
        f'aria-label="{label} {shown_line(shown)}">{label}</button></li>'
    )
