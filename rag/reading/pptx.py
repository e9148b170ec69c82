"""PowerPoint slides. Runs in the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # says nothing of types

from rag.reading import markdown, office
from rag.reading.pages import Pages, check_num_pages, clean

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
TITLES = ("title", "ctrTitle")
SMALL_PRINT = ("dt", "ftr", "sldNum", "sldImg", "hdr")  # what is the same on every slide


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """A page for each slide: its title as a heading, its texts and tables, then the speaker's notes."""
    archive, main = office.opened(argument, "pptx")
    links = office.relations(archive, main)
    entries = archive.xml(main).iter(f"{P}sldId")
    slides = [name for entry in entries if archive.has(name := links.get(entry.get(office.RELATION, ""), ""))]
    check_num_pages(len(slides))
    pages = Pages(report, len(slides))
    for slide in slides:
        title, lines = _read_slide(archive.xml(slide))
        for notes in office.related(archive, slide, "notesSlide"):
            lines += _read_slide(archive.xml(notes))[1]
        pages.add(clean(markdown.blocks([markdown.heading(1, title), *lines])), title)
    return pages.read()


def _read_slide(slide: etree._Element) -> tuple[str, list[str]]:
    """Its title and the lines below it."""
    title, lines = "", []
    for shape in slide.iter(f"{P}sp", f"{A}tbl"):
        if shape.tag == f"{A}tbl":
            lines += [markdown.row(" ".join(_paragraphs(cell)) for cell in row) for row in shape.iter(f"{A}tr")]
            continue
        place = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
        kind = place.get("type", "obj") if place is not None else ""
        if kind in TITLES and not title:
            title = " ".join(_paragraphs(shape)).strip()
        elif kind not in SMALL_PRINT:
            lines += _lines(shape, is_list=kind == "obj")
    return title, lines


def _lines(shape: etree._Element, *, is_list: bool) -> Iterator[str]:
    for paragraph in shape.iter(f"{A}p"):
        text = _text(paragraph)
        level = paragraph.find(f"{A}pPr")
        depth = level.get("lvl", "0") if level is not None else "0"
        yield markdown.item(int(depth) if depth.isdigit() else 0, text) if is_list else text.strip()


def _paragraphs(shape: etree._Element) -> list[str]:
    return [_text(paragraph) for paragraph in shape.iter(f"{A}p")]


def _text(paragraph: etree._Element) -> str:
    return "".join("\n" if node.tag == f"{A}br" else node.text or "" for node in paragraph.iter(f"{A}t", f"{A}br"))
