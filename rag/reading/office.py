"""What Word, PowerPoint and Excel files have in common: a list of the kinds of their parts, and of what leads where."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from errors import DocumentKindMismatch
from rag.reading.archive import Archive

CONTENT_TYPES = "[Content_Types].xml"
MARKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "docx": ("wordprocessingml.document.main", "ms-word.document.macroEnabled.main"),
        "pptx": (
            "presentationml.presentation.main",
            "presentationml.slideshow.main",
            "ms-powerpoint.presentation.macroEnabled.main",
        ),
        "xlsx": ("spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"),
    }
)
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def opened(argument: dict[str, Any], kind: str) -> tuple[Archive, str]:
    """The archive and the name of its main part. Raises DocumentKindMismatch, and what ``Archive`` raises."""
    archive = Archive(Path(argument["path"]))
    if archive.has(CONTENT_TYPES):
        for entry in archive.xml(CONTENT_TYPES):
            if any(mark in entry.get("ContentType", "") for mark in MARKS[kind]):
                return archive, entry.get("PartName", "").lstrip("/")
    raise DocumentKindMismatch(extension=f".{argument['ending']}")


def relations(archive: Archive, part: str) -> dict[str, str]:
    """Where the links of ``part`` lead, by their ids: names of other parts."""
    folder, name = posixpath.split(part)
    return {entry.get("Id", ""): _target(folder, entry) for entry in _entries(archive, f"{folder}/_rels/{name}.rels")}


def related(archive: Archive, part: str, what: str) -> list[str]:
    """The parts that ``part`` links to as its ``what``: "styles", "notesSlide", ..."""
    folder, name = posixpath.split(part)
    entries = _entries(archive, f"{folder}/_rels/{name}.rels")
    found = [_target(folder, entry) for entry in entries if entry.get("Type", "").endswith(f"/{what}")]
    return [target for target in found if archive.has(target)]


def _entries(archive: Archive, name: str) -> list[Any]:
    if not archive.has(name):
        return []
    return [entry for entry in archive.xml(name) if entry.get("TargetMode") != "External"]


def _target(folder: str, entry: Any) -> str:
    target = entry.get("Target", "")
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
