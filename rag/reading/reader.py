"""Reads a document in the sandbox: its kind, the text of its pages, its language; or why it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from errors import (
    DocumentBroken,
    DocumentEmpty,
    DocumentRefused,
    DocumentTooHard,
    DocumentTooLarge,
    DocumentWithoutText,
)
from rag.reading.kinds import ending_of, kind_of
from rag.reading.languages import language_of
from safety.sandbox import Caller, Limits, SandboxCrashed, SandboxExceeded, run_limited
from storage.document_records import Page

MAX_FILE_BYTES = 20_000_000
READERS: Mapping[str, str] = MappingProxyType(
    {
        "pdf": "rag.reading.pdf:read",
        **dict.fromkeys(("md", "txt", "code"), "rag.reading.plain:read"),
        "json": "rag.reading.plain:read_json",
    }
)


@dataclass(frozen=True)
class ReadDocument:
    """What a document says. ``language`` is an ISO 639-1 code, empty while unknown."""

    kind: str
    pages: tuple[Page, ...]
    language: str

    @property
    def num_pages(self) -> int:
        return len(self.pages)


class _Reading(BaseModel):
    """What the child may send, which nobody need believe: text and label of each page."""

    pages: list[tuple[str, str]]
    pictured: list[int] = []


def read_document(path: Path, name: str, caller: Caller | None = None, limits: Limits | None = None) -> ReadDocument:
    """The file at ``path``, which a person knows as ``name``. Blocks.

    Of ``caller``, ``on_progress`` is told [pages read, of how many]. Raises a DocumentRefused that says ``name``, or
    SandboxCancelled.
    """
    caller, limits = caller or Caller(), limits or Limits()
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DocumentTooLarge(name=name, limit=MAX_FILE_BYTES // 1_000_000)
    kind = kind_of(path, name)
    argument = {"path": str(path.resolve()), "ending": ending_of(name)}
    reading = _read(READERS[kind], argument, name, caller, limits)
    if not any(text.strip() for text, _ in reading.pages):
        raise DocumentWithoutText(name=name) if reading.pictured else DocumentEmpty(name=name)
    pages = tuple(Page(number, text, label) for number, (text, label) in enumerate(reading.pages, start=1))
    return ReadDocument(kind=kind, pages=pages, language=language_of("\n".join(page.text for page in pages)))


def _read(function: str, argument: dict[str, Any], name: str, caller: Caller, limits: Limits) -> _Reading:
    try:
        return _Reading.model_validate(run_limited(function, argument, limits, caller))
    except DocumentRefused as error:
        raise type(error)(**{**error.values, "name": name}) from error
    except SandboxExceeded as error:
        raise DocumentTooHard(name=name) from error
    except (SandboxCrashed, ValidationError) as error:
        raise DocumentBroken(name=name) from error
