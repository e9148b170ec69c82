"""How headings, lists and tables of any document are written down: as Markdown writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

SPACES = re.compile(r"\s+")
MAX_LEVEL = 6


def heading(level: int, text: str) -> str:
    """A line of its own, or "" when there is nothing in it."""
    text = SPACES.sub(" ", text).strip()
    return f"{'#' * min(max(level, 1), MAX_LEVEL)} {text}" if text else ""


def item(level: int, text: str) -> str:
    """An entry of a list, ``level`` deep from 0."""
    text = SPACES.sub(" ", text).strip()
    return f"{'  ' * min(level, MAX_LEVEL)}- {text}" if text else ""


def row(cells: Iterable[str]) -> str:
    """A row of a table, "" when all its cells are empty."""
    written = [SPACES.sub(" ", cell).strip().replace("|", "\\|") for cell in cells]
    while written and not written[-1]:
        written.pop()
    return f"| {' | '.join(written)} |" if written else ""


def blocks(lines: Iterable[str]) -> str:
    """Paragraphs with an empty line between them; rows and entries that follow each other stay together."""
    text: list[str] = []
    before = ""
    for line in lines:
        if not line.strip():
            continue
        if text:
            text.append("\n" if _kind(line) and _kind(line) == _kind(before) else "\n\n")
        text.append(line)
        before = line
    return "".join(text)


def _kind(line: str) -> str:
    start = line.lstrip()[:2]
    return start if start in ("- ", "| ") else ""
