"""Reads the file of a document as what it is: a file as its name and its bytes say, a web page as an article.

Half a second to import: only ``app`` imports this, and late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Any

from pydantic import BaseModel, ValidationError

from errors import AddressUnreadable, DocumentBroken, DocumentRefused
from rag.document_files import title_of
from rag.document_work import Reading
from rag.reading.languages import language_of
from rag.reading.reader import read_document
from safety.sandbox import Caller, Limits, SandboxCancelled, SandboxFailed, run_limited
from storage.document_records import Document, Page


class _Article(BaseModel):
    """What the child may send, which nobody need believe: text and title."""

    pages: list[tuple[str, str]]


class DocumentReader:
    """``environment`` is that of the processes that read, and must hold no secrets."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __call__(
        self, document: Document, path: Path, on_progress: Callable[[int, int], None], cancelled: Event
    ) -> Reading:
        """Blocks. Raises DocumentRefused, AddressUnreadable, or SandboxCancelled."""

        def tell(progress: Any) -> None:
            match progress:
                case [int(done), int(total)]:
                    on_progress(done, total)

        caller = Caller(self._environment, tell, cancelled)
        if document.kind == "web":
            return _read_article(document, path, caller)
        name = f"file.{document.kind}" if document.source else document.name  # what an address ends in says nothing
        try:
            read = read_document(path, name, caller)
        except DocumentRefused as error:
            raise type(error)(**error.values | {"name": document.name}) from error
        return Reading(read.pages, read.kind, read.language, document.name)


def _read_article(document: Document, path: Path, caller: Caller) -> Reading:
    argument = {"path": str(path.resolve()), "address": document.source}
    try:
        article = _Article.model_validate(run_limited("rag.web_pages:read", argument, Limits(), caller))
    except SandboxCancelled:
        raise
    except (SandboxFailed, ValidationError) as error:
        raise DocumentBroken(name=document.name) from error
    text, title = article.pages[0] if article.pages else ("", "")
    if not text.strip():
        raise AddressUnreadable(address=document.source)
    name = title_of(title) if title.strip() else document.name
    return Reading((Page(1, text, name),), "web", language_of(text), name)
