"""Rows as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from safety.spreadsheet_cells import guarded

Cell = str | int | float | None


def csv_table(columns: Sequence[str], rows: Iterable[Iterable[Cell]]) -> str:
    """``columns`` stand above; they are ours and not guarded."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return written.getvalue()
