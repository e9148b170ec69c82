"""PDF files, by pdfium. Runs in the sandbox."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # says nothing of types; nor does the next
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from errors import DocumentBroken, DocumentEncrypted
from rag.reading.pages import Pages, check_num_pages
from rag.reading.pdf_text import joined

MAX_OBJECTS_LOOKED_AT = 200  # of a page without text, for a picture that might hold some


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """The text by page, and the ``pictured`` pages: the numbers of those that hold pictures and no text."""
    document = opened(argument["path"])
    check_num_pages(len(document))
    pages = Pages(report, len(document))
    pictured = []
    for number in range(len(document)):
        text, label, has_picture = _read_page(document, number)
        pages.add(text, label)
        if has_picture:
            pictured.append(number + 1)
    return pages.read() | {"pictured": pictured}


def opened(path: str) -> pdfium.PdfDocument:
    """Raises DocumentEncrypted or DocumentBroken."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        fault = getattr(error, "err_code", None)
        if fault in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise DocumentEncrypted from error
        raise DocumentBroken from error
    if len(document) < 1:
        raise DocumentBroken
    return document


def _read_page(document: pdfium.PdfDocument, number: int) -> tuple[str, str, bool]:
    """Text, label and whether only a picture may hold its text. A page that cannot be read is an empty one."""
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return "", "", False
    try:
        textpage = page.get_textpage()
        text = joined(raw_text(textpage))
        textpage.close()
        has_picture = not text.strip() and _has_picture(page)
        label = document.get_page_label(number)
    except pdfium.PdfiumError:
        return "", "", False
    finally:
        page.close()
    return text, "" if label == str(number + 1) else label, has_picture


def raw_text(textpage: pdfium.PdfTextPage) -> str:
    """As pdfium gives it: ``get_text_range`` recurses once for each letter that it leaves out, and so can be broken."""
    num_characters = textpage.count_chars()
    if num_characters < 1:
        return ""
    buffer = (ctypes.c_ushort * (num_characters + 1))()
    num_given = pdfium_c.FPDFText_GetText(textpage, 0, num_characters, buffer)
    return bytes(memoryview(buffer)[: max(0, num_given - 1)]).decode("utf-16-le", errors="surrogatepass")


def _has_picture(page: pdfium.PdfPage) -> bool:
    wanted = (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING, pdfium_c.FPDF_PAGEOBJ_PATH)
    objects = page.get_objects(max_depth=3)
    return any(found.type in wanted for found, _ in zip(objects, range(MAX_OBJECTS_LOOKED_AT), strict=False))
