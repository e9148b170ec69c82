"""Pictures of a document's pages, drawn in the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from errors import DocumentBroken
from rag.reading.faults import said_of
from safety.sandbox import Caller, Limits, run_limited

MAX_WIDTH = 3_000
LIMITS = Limits(result_bytes=20_000_000)


def draw_page(
    path: Path, number: int, spans: Sequence[tuple[int, int]], width: int, caller: Caller | None = None
) -> bytes:
    """Page ``number`` of the PDF file at ``path`` as a PNG, with ``spans`` of the page's text marked. Blocks.

    Raises a DocumentRefused, or SandboxCancelled.
    """
    argument = {
        "path": str(path.resolve()),
        "number": number,
        "spans": [list(span) for span in spans],
        "width": min(max(width, 1), MAX_WIDTH),
    }
    with said_of(path.name):
        drawn = run_limited("rag.reading.page_drawing:draw", argument, LIMITS, caller)
    if not isinstance(drawn, bytes) or not drawn.startswith(b"\x89PNG"):
        raise DocumentBroken(name=path.name)
    return drawn
