"""Tables as text: CSV and its relatives. Runs in the sandbox."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from rag.reading import markdown
from rag.reading.pages import Pages, clean
from rag.reading.plain import text_of

SEPARATORS = ",;\t|"
SAMPLE_LINES = 20
MAX_CELL = 20_000_000


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """One page, a line for each row. What is no table after all is read as it stands."""
    text = clean(text_of(argument["path"]))
    pages = Pages(report)
    csv.field_size_limit(MAX_CELL)
    try:
        rows = [markdown.row(row) for row in csv.reader(io.StringIO(text), delimiter=_separator(text), strict=True)]
    except csv.Error:
        pages.add(text)
    else:
        pages.add("\n".join(row for row in rows if row))
    return pages.read()


def _separator(text: str) -> str:
    """The one that most of the first lines have, and as often as each other."""
    lines = [line for line in text[:100_000].split("\n")[:SAMPLE_LINES] if line.strip()]
    counts = {mark: sorted(line.count(mark) for line in lines) for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: (counts[mark][len(lines) // 2], counts[mark][0])) if lines else ","
