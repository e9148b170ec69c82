"""Excel workbooks: what is in their cells, formulas as the values they had. Runs in the sandbox.

Read from its XML as it streams by: openpyxl fills every gap, and a single cell in the last corner makes 17 thousand
million of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # says nothing of types

from rag.reading import markdown, office
from rag.reading.archive import Archive
from rag.reading.pages import MAX_CHARACTERS, Pages, check_num_pages, clean

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
BUILT_IN_DATES = {*range(14, 23), *range(45, 48)}  # numbers of formats that every Excel knows
QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 (a sheet's dates have no zone)
MAX_DAYS = 2_958_465  # the last day of the year 9999
MAX_GAP = 20  # empty cells that are written between two others


class _Book:
    """What the cells of all sheets refer to."""

    def __init__(self, archive: Archive, main: str) -> None:
        workbook = archive.xml(main)
        links = office.relations(archive, main)
        properties = workbook.find(f"{S}workbookPr")
        self.epoch = EPOCHS[properties is not None and properties.get("date1904") in ("1", "true")]
        self.sheets = [
            (sheet.get("name", ""), links.get(sheet.get(office.RELATION, ""), ""))
            for sheet in workbook.iter(f"{S}sheet")
        ]
        self.strings = [
            text for part in office.related(archive, main, "sharedStrings") for text in _strings(archive, part)
        ]
        self.date_styles = {
            style for part in office.related(archive, main, "styles") for style in _date_styles(archive.xml(part))
        }

    def value(self, cell: etree._Element) -> str:
        """What the cell shows, as far as it can be told without Excel."""
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _text(cell)
        text = cell.findtext(f"{S}v") or ""
        if kind == "s":
            return self.strings[int(text)] if text.isdigit() and int(text) < len(self.strings) else ""
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind == "n" and cell.get("s", "0") in self.date_styles:
            return self._date(text)
        return text

    def _date(self, text: str) -> str:
        try:
            days = float(text)
        except ValueError:
            return text
        if not 0 <= days <= MAX_DAYS:
            return text
        moment = self.epoch + timedelta(seconds=round(days * 86_400))
        if days < 1:
            return moment.strftime("%H:%M:%S")
        return moment.strftime("%Y-%m-%d") if days == int(days) else moment.strftime("%Y-%m-%d %H:%M:%S")


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """A page for each sheet, a line for each of its rows."""
    archive, main = office.opened(argument, "xlsx")
    book = _Book(archive, main)
    sheets = [(name, part) for name, part in book.sheets if archive.has(part)]
    check_num_pages(len(sheets))
    pages = Pages(report, len(sheets))
    for name, part in sheets:
        rows = _short_enough(_rows(archive, part, book))
        pages.add(clean("\n".join([markdown.heading(1, name), *rows])) if rows else "", name)
    return pages.read()


def _short_enough(rows: Iterator[str]) -> list[str]:
    """All of them, or so many that ``Pages`` will refuse them."""
    kept, num_characters = [], 0
    for row in rows:
        kept.append(row)
        num_characters += len(row)
        if num_characters > MAX_CHARACTERS:
            break
    return kept


def _rows(archive: Archive, part: str, book: _Book) -> Iterator[str]:
    for row in archive.elements(part, f"{S}row"):
        cells: list[str] = []
        for cell in row.iterchildren(f"{S}c"):
            gap = _column(cell.get("r", "")) - len(cells)
            cells += [""] * min(max(gap, 0), MAX_GAP)
            cells.append(book.value(cell))
        written = markdown.row(cells)
        if written:
            yield written
        row.clear()
        while row.getprevious() is not None:
            del row.getparent()[0]


def _column(reference: str) -> int:
    """0 for A1, 27 for AB3."""
    number = 0
    for letter in reference[:3]:
        if "A" <= letter <= "Z":
            number = number * 26 + ord(letter) - 64
    return number - 1


def _strings(archive: Archive, part: str) -> Iterator[str]:
    for element in archive.elements(part, f"{S}si"):
        yield _text(element)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _text(element: etree._Element) -> str:
    """All its runs but how they are pronounced."""
    return "".join(node.text or "" for node in element.iter(f"{S}t") if node.getparent().tag != f"{S}rPh")


def _date_styles(styles: etree._Element) -> Iterator[str]:
    """The numbers, as cells give them, of the styles that show a number as a date or a time."""
    custom = {
        entry.get("numFmtId")
        for entry in styles.iter(f"{S}numFmt")
        if DATE_LETTERS.search(QUOTED.sub("", entry.get("formatCode", "")))
    }
    for number, entry in enumerate(styles.iterfind(f"{S}cellXfs/{S}xf")):
        wanted = entry.get("numFmtId", "0")
        if wanted in custom or (wanted.isdigit() and int(wanted) in BUILT_IN_DATES):
            yield str(number)
