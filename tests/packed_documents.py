"""Writes Office files and EPUB books as the zip archives they are, sound or with any part replaced."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
Parts = Mapping[str, str | bytes]


def packed(parts: Parts) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def docx(body: str, replaced: Parts | None = None) -> bytes:
    """``body`` is what stands in w:body."""
    parts = {
        "[Content_Types].xml": _types("/word/document.xml", "wordprocessingml.document.main"),
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
    }
    return packed(parts | dict(replaced or {}))


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def pptx(slides: Sequence[str], replaced: Parts | None = None) -> bytes:
    """A slide with one text each."""
    entries = "".join(f'<p:sldId id="{256 + number}" r:id="r{number}"/>' for number in range(len(slides)))
    parts = {
        "[Content_Types].xml": _types("/ppt/presentation.xml", "presentationml.presentation.main"),
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{SLIDES}" xmlns:r="{OFFICE}"><p:sldIdLst>'
        f"{entries}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": _links("slides/{}.xml", "slide", len(slides)),
    }
    for number, text in enumerate(slides):
        shape = f"<p:sp><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        parts[f"ppt/slides/{number}.xml"] = f'<p:sld xmlns:p="{SLIDES}" xmlns:a="{DRAWING}">{shape}</p:sld>'
    return packed(parts | dict(replaced or {}))


def xlsx(sheets: Sequence[str], replaced: Parts | None = None) -> bytes:
    """``sheets`` are what stands in each sheetData."""
    entries = "".join(f'<sheet name="S{number}" r:id="r{number}"/>' for number in range(len(sheets)))
    parts = {
        "[Content_Types].xml": _types("/xl/workbook.xml", "spreadsheetml.sheet.main"),
        "xl/workbook.xml": f'<workbook xmlns="{SHEETS}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links("worksheets/{}.xml", "worksheet", len(sheets), _SHARED),
    }
    for number, rows in enumerate(sheets):
        parts[f"xl/worksheets/{number}.xml"] = f'<worksheet xmlns="{SHEETS}"><sheetData>{rows}</sheetData></worksheet>'
    return packed(parts | dict(replaced or {}))


def cell(value: str, place: str = "A1", kind: str = "str") -> str:
    return f'<row><c r="{place}" t="{kind}"><v>{value}</v></c></row>'


def shared_strings(*texts: str) -> dict[str, str]:
    entries = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return {"xl/sharedStrings.xml": f'<sst xmlns="{SHEETS}">{entries}</sst>'}


def epub(chapters: Sequence[str], replaced: Parts | None = None) -> bytes:
    """``chapters`` are what stands in each body."""
    items = "".join(
        f'<item id="c{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        f"{items}</manifest><spine>{spine}</spine></package>",
    }
    for number, body in enumerate(chapters):
        head = '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
        parts[f"OEBPS/{number}.xhtml"] = f"{head}<body>{body}</body></html>"
    return packed(parts | dict(replaced or {}))


_SHARED = f'<Relationship Id="s" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'


def _types(part: str, kind: str) -> str:
    return f'<Types xmlns="{TYPES}"><Override PartName="{part}" ContentType="application/{kind}+xml"/></Types>'


def _links(target: str, kind: str, count: int, more: str = "") -> str:
    entries = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{kind}" Target="{target.format(n)}"/>' for n in range(count)
    )
    return f'<Relationships xmlns="{LINKS}">{entries}{more}</Relationships>'
