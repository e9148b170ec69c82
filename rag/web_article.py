"""The article at an address, for one reading: nothing of it is kept."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from pydantic import BaseModel, ValidationError

from errors import AddressUnreadable, DocumentBroken
from rag.document_files import title_of
from rag.reading.reader import read_document
from rag.web_files import WebFile, web_file
from safety.sandbox import Caller, Limits, SandboxCancelled, SandboxFailed, run_limited
from safety.web_address import Fetched

MAX_AT_ONCE = 2  # each takes a processor for a second, and may take half a gigabyte
MAX_DATE_CHARACTERS = 40
WITHIN = Limits(cpu_s=10, wall_s=15.0)


@dataclass(frozen=True)
class WebArticle:
    """``url`` is where it was found in the end; ``date`` as the page says it, empty where it does not."""

    url: str
    title: str
    text: str
    date: str = ""


class _Article(BaseModel):
    """What the child may send, which nobody need believe."""

    pages: list[tuple[str, str]]
    date: str = ""


class ArticleReader:
    """``environment`` is that of the processes that read, and must hold no secrets."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**environment, "PATH": ""}  # no pictures of text are read: that takes minutes
        self._places = asyncio.Semaphore(MAX_AT_ONCE)

    async def read(self, fetched: Fetched) -> WebArticle:
        """Raises AddressUnreadable or DocumentRefused. Its process is ended when nobody waits for it any more."""
        cancelled = Event()
        async with self._places:
            try:
                return await asyncio.to_thread(self._read, fetched, cancelled)
            finally:
                cancelled.set()

    def _read(self, fetched: Fetched, cancelled: Event) -> WebArticle:
        file = web_file(fetched)
        caller = Caller(self._environment, cancelled=cancelled)
        with tempfile.TemporaryDirectory(prefix="tertulia-", ignore_cleanup_errors=True) as folder:
            path = Path(folder, "page")
            path.write_bytes(file.content)
            article = _web(fetched, file, path, caller) if file.kind == "web" else _other(fetched, file, path, caller)
        if not article.text.strip():
            raise AddressUnreadable(address=fetched.url)
        return article


def _web(fetched: Fetched, file: WebFile, path: Path, caller: Caller) -> WebArticle:
    try:
        argument = {"path": str(path.resolve()), "address": fetched.url}
        read = _Article.model_validate(run_limited("rag.web_pages:read", argument, WITHIN, caller))
    except SandboxCancelled:
        raise
    except (SandboxFailed, ValidationError) as error:
        raise DocumentBroken(name=file.name) from error
    text, title = read.pages[0] if read.pages else ("", "")
    name = title_of(title) if title.strip() else file.name
    return WebArticle(fetched.url, name, text, read.date[:MAX_DATE_CHARACTERS])


def _other(fetched: Fetched, file: WebFile, path: Path, caller: Caller) -> WebArticle:
    read = read_document(path, f"file.{file.kind}", caller, WITHIN)
    return WebArticle(fetched.url, file.name, "\n\n".join(page.text for page in read.pages))
