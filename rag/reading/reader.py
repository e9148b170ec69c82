"""Reads a document in the sandbox: its kind, the text of its pages, its language; or why it cannot be read."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from errors import DocumentEmpty, DocumentTooLarge, DocumentWithoutText
from rag.reading.faults import said_of
from rag.reading.kinds import ending_of, kind_of
from rag.reading.languages import language_of
from safety.sandbox import Caller, Limits, SandboxCrashed, SandboxExceeded, run_limited
from storage.document_records import Page

MAX_FILE_BYTES = 20_000_000
RECOGNIZER = "rag.reading.recognition:read"
RECOGNITION = Limits(memory_bytes=1_500_000_000, cpu_s=120, wall_s=300.0)
PAGES_AT_A_TIME = 5  # of pictures; each takes seconds
READERS: Mapping[str, str] = MappingProxyType(
    {
        "pdf": "rag.reading.pdf:read",
        **dict.fromkeys(("md", "txt", "code"), "rag.reading.plain:read"),
        "json": "rag.reading.plain:read_json",
        "csv": "rag.reading.tables:read",
        "html": "rag.reading.html:read",
        "docx": "rag.reading.docx:read",
        "pptx": "rag.reading.pptx:read",
        "xlsx": "rag.reading.xlsx:read",
        "epub": "rag.reading.epub:read",
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

    Of ``caller``, ``on_progress`` is told [pages read, of how many]; ``environment`` says where tesseract is. Raises a
    DocumentRefused that says ``name``, or SandboxCancelled.
    """
    caller = caller or Caller()
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DocumentTooLarge(name=name, limit=MAX_FILE_BYTES // 1_000_000)
    kind = kind_of(path, name)
    with said_of(name):
        argument = {"path": str(path.resolve()), "ending": ending_of(name)}
        reading = _Reading.model_validate(run_limited(READERS[kind], argument, limits or Limits(), caller))
        texts = [text for text, _ in reading.pages]
        if reading.pictured:
            texts = _recognized(argument["path"], reading, caller)
    if not any(text.strip() for text in texts):
        raise DocumentWithoutText(name=name) if reading.pictured else DocumentEmpty(name=name)
    labels = [label for _, label in reading.pages]
    pages = tuple(Page(number, *page) for number, page in enumerate(zip(texts, labels, strict=True), start=1))
    return ReadDocument(kind=kind, pages=pages, language=language_of("\n".join(texts)))


def _recognized(path: str, reading: _Reading, caller: Caller) -> list[str]:
    """The texts of all pages, those that are only pictures read by tesseract, where it is installed."""
    texts = [text for text, _ in reading.pages]
    program = shutil.which("tesseract", path=caller.environment.get("PATH"))
    if program is None:
        return texts
    numbers = [number for number in reading.pictured if 1 <= number <= len(texts)]
    limits = replace(RECOGNITION, programs=(program,))
    for start in range(0, len(numbers), PAGES_AT_A_TIME):
        if caller.on_progress is not None:
            caller.on_progress([start, len(numbers)])
        chosen = numbers[start : start + PAGES_AT_A_TIME]
        argument = {"path": path, "numbers": chosen, "program": program}
        try:
            answer = run_limited(RECOGNIZER, argument, limits, replace(caller, on_progress=None))
        except (SandboxExceeded, SandboxCrashed):
            if any(text.strip() for text in texts):
                continue  # pictures too hard to read must not take the rest away
            raise
        for number, (text, _) in zip(chosen, _Reading.model_validate(answer).pages, strict=False):
            texts[number - 1] = text
    return texts
