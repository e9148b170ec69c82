"""Word documents. Runs in the sandbox.

Read from its XML as it streams by: python-docx builds a tree of all of it, 600 MB for a hostile 0.3 MB.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # says nothing of types

from rag.reading import markdown, office
from rag.reading.archive import Archive
from rag.reading.pages import Pages, clean

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SKIPPED = {f"{W}del", f"{W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
BREAKS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
HEADING_NAME = re.compile(r"heading (\d)")
NOTES = ("footnotes", "endnotes")


@dataclass(frozen=True)
class _Style:
    """What a paragraph's style makes of it: a heading of that level, an entry of a list, or neither."""

    level: int = 0
    is_item: bool = False


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """One page: where a page of Word ends is only known to Word."""
    archive, main = office.opened(argument, "docx")
    styles = _styles(archive, main)
    lines = list(_lines(archive, main, styles))
    for kind in NOTES:
        for part in office.related(archive, main, kind):
            lines += _lines(archive, part, styles)
    pages = Pages(report)
    pages.add(clean(markdown.blocks(lines)))
    return pages.read()


def _styles(archive: Archive, main: str) -> dict[str, _Style]:
    found: dict[str, _Style] = {}
    for part in office.related(archive, main, "styles"):
        for style in archive.elements(part, f"{W}style"):
            name = _value(style, "name").lower()
            level = HEADING_NAME.fullmatch(name)
            found[style.get(f"{W}styleId", "")] = _Style(
                1 if name == "title" else int(level[1]) if level else _outline(style), name.startswith("list ")
            )
    return found


def _lines(archive: Archive, part: str, styles: dict[str, _Style]) -> Iterator[str]:
    """Paragraphs and rows of tables, in their order."""
    for element in archive.elements(part, f"{W}p", f"{W}tbl"):
        if _is_inner(element):
            continue
        if element.tag == f"{W}tbl":
            yield from _rows(element)
        else:
            yield _paragraph(element, styles)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _is_inner(element: etree._Element) -> bool:
    return any(above.tag in (f"{W}p", f"{W}tbl") for above in element.iterancestors())


def _rows(table: etree._Element) -> Iterator[str]:
    for row in table.iter(f"{W}tr"):
        yield markdown.row(_text(cell) for cell in row.iterchildren(f"{W}tc"))


def _paragraph(element: etree._Element, styles: dict[str, _Style]) -> str:
    text = _text(element)
    style = styles.get(_value(element, "pPr/pStyle"), _Style())
    level = _outline(element) or style.level
    if level:
        return markdown.heading(level, text)
    numbering = element.find(f"{W}pPr/{W}numPr")
    if numbering is None and not style.is_item:
        return text.strip()
    depth = _value(numbering, "ilvl") if numbering is not None else ""
    return markdown.item(int(depth) if depth.isdigit() else 0, text)


def _outline(element: etree._Element) -> int:
    """The level of the outline that a paragraph or a style belongs to, from 1; 0 for none."""
    level = _value(element, "pPr/outlineLvl")
    return int(level) + 1 if level.isdigit() and int(level) < 9 else 0


def _value(element: etree._Element, path: str) -> str:
    found = element.find("/".join(W + step for step in path.split("/")))
    return str(found.get(f"{W}val", "")) if found is not None else ""


def _text(element: etree._Element) -> str:
    """What is shown of all runs below ``element``; what was deleted or hidden is not."""
    parts: list[str] = []
    waiting = [element]
    while waiting:
        node = waiting.pop()
        if node.tag == f"{W}t":
            parts.append(node.text or "")
        elif node.tag in BREAKS:
            parts.append(BREAKS[node.tag])
        elif node.tag not in SKIPPED and not (node.tag == f"{W}r" and node.find(f"{W}rPr/{W}vanish") is not None):
            if node.tag == f"{W}p" and node is not element:
                parts.append("\n")
            waiting += reversed(node)
    return "".join(parts)
