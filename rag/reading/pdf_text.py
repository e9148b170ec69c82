"""The text of a PDF page, cleaned so that each character still knows where it came from.

A page is read once and drawn later, when somebody asks for the source: both go through here, so that the characters
that are marked are those that were read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.reading.pages import HIDDEN

LINE_HYPHEN = "\ufffe"  # what pdfium puts where a word was cut at the end of a line, instead of both
CHANGED = re.compile(f"{LINE_HYPHEN}|\r\n?|[\x0b\x0c\x85\u2028\u2029]|[\ud800-\udfff]|{HIDDEN.pattern}")


def joined(raw: str) -> str:
    """``raw`` with words whole again and plain line ends, without what nobody sees."""
    return CHANGED.sub(_replacement, raw)


def positions(raw: str) -> list[int]:
    """For each character of ``joined(raw)``, its place in ``raw``."""
    return [place for start, end in _kept(raw) for place in range(start, end)]


def _kept(raw: str) -> Iterator[tuple[int, int]]:
    """The stretches that are kept or stand for one new character."""
    done = 0
    for found in CHANGED.finditer(raw):
        yield done, found.start() + len(_replacement(found))  # never more than one character
        done = found.end()
    yield done, len(raw)


def _replacement(found: re.Match[str]) -> str:
    what = found[0]
    if what == LINE_HYPHEN:
        rest = found.string[found.end() : found.end() + 1]
        return "" if rest.islower() else "-"  # Perú-\nBolivia and 2024-\n25 keep theirs
    if what[0] in "\r\x0b\x0c\x85\u2028\u2029":
        return "\n"
    return "?" if "\ud800" <= what <= "\udfff" else ""
