"""Gathers the text of a document's pages as they are read: cleaned, counted and kept within limits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from errors import DocumentTooLong
from safety.shown_text import INVISIBLE
from safety.surrogates import without_surrogates

MAX_PAGES = 500
MAX_CHARACTERS = 5_000_000
REPORT_S = 0.1
LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
HIDDEN = re.compile("[\u00ad\u200b]|" + INVISIBLE.pattern)  # and what only tells where a word may be broken


def clean(text: str) -> str:
    """``text`` with plain line ends and without characters that nobody sees: what is read is what is shown."""
    text = LINE_ENDS.sub("\n", text)
    return without_surrogates(HIDDEN.sub("", text))


class Pages:
    """The pages so far. ``report`` is told, now and then, how many of how many are read."""

    def __init__(self, report: Callable[[Any], None], num_pages: int = 1) -> None:
        self._report = report
        self._num_pages = num_pages
        self._num_characters = 0
        self._told_at = 0.0
        self._pages: list[tuple[str, str]] = []
        check_num_pages(num_pages)

    def add(self, text: str, label: str = "") -> None:
        """Add one page. Raises DocumentTooLong."""
        self._num_characters += len(text)
        check_num_characters(self._num_characters)
        self._pages.append((text, clean(label)[:120].strip()))
        check_num_pages(len(self._pages))
        if time.monotonic() - self._told_at >= REPORT_S:
            self._told_at = time.monotonic()
            self._report([len(self._pages), max(self._num_pages, len(self._pages))])

    def read(self) -> dict[str, Any]:
        """What ``rag.reading.reader`` takes."""
        return {"pages": self._pages}


def check_num_pages(num_pages: int) -> None:
    if num_pages > MAX_PAGES:
        raise DocumentTooLong(limit=f"{MAX_PAGES} pp")


def check_num_characters(num_characters: int) -> None:
    if num_characters > MAX_CHARACTERS:
        raise DocumentTooLong(limit=f"{MAX_CHARACTERS // 1_000_000} MB")
