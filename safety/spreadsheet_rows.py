"""Files of others with rows in them, as spreadsheets write them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from safety.spreadsheet_cells import unguarded


class RowUnreadable(ValueError):
    """``line``, counted from 1, is no row."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def decoded(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or what Windows has in Western Europe. Raises RowUnreadable for what is no text."""
    text = _decoded(content)
    if "\x00" in text:
        raise RowUnreadable(text[: text.index("\x00")].count("\n") + 1)
    return text


def csv_rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of each row, by the names in the first one, which are case-folded. Raises RowUnreadable."""
    header = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] | None = None
    end = 0
    try:
        for cells in reader:
            line, end = end + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = [cell.strip().casefold() for cell in cells]
            elif len(cells) > len(columns):
                raise RowUnreadable(line)
            else:
                yield line, dict(zip(columns, map(unguarded, cells), strict=False))
    except csv.Error as error:
        raise RowUnreadable(end + 1) from error


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
