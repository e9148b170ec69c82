"""Draws one page of a PDF file with a passage marked. Runs in the sandbox."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pypdfium2 as pdfium  # type: ignore[import-untyped]  # says nothing of types; nor does the next
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

from errors import DocumentBroken
from rag.reading.pdf import opened, raw_text
from rag.reading.pdf_text import positions

MAX_PIXELS = 6_000_000
MAX_MARKS = 2_000
ROUNDING = 0.01  # pixels; pdfium rounds up
MARKER = np.array([255, 226, 92], dtype=np.uint16)  # as a felt pen would: what is dark under it stays dark
MARGIN = 2  # pixels around a marked line
Box = tuple[float, float, float, float]  # left, bottom, right, top, in the page's own units


def draw(argument: dict[str, Any], report: Callable[[Any], None]) -> bytes:
    """Page ``number`` as a PNG, ``width`` pixels wide unless it is too long for that, ``spans`` of its text marked."""
    document = opened(argument["path"])
    if not 1 <= argument["number"] <= len(document):
        raise DocumentBroken
    page = document[argument["number"] - 1]
    page_width, page_height = page.get_size()
    bitmap = page.render(scale=_scale(page_width, page_height, argument["width"]), rev_byteorder=True)
    pixels: NDArray[np.uint8] = np.array(bitmap.to_numpy()[:, :, :3])
    to_pixels = bitmap.get_posconv(page).to_bitmap
    for left, bottom, right, top in _boxes(page.get_textpage(), argument["spans"]):
        _mark(pixels, to_pixels(left, top), to_pixels(right, bottom))
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG", compress_level=4)
    return written.getvalue()


def _scale(page_width: float, page_height: float, width: int) -> float:
    """Pixels for a unit of the page: as wanted, or as many as there may be. Some pages have no size at all."""
    if not (page_width > 0 and page_height > 0):
        raise DocumentBroken
    most = (MAX_PIXELS / (page_width * page_height)) ** 0.5
    return float(min((width - ROUNDING) / page_width, most))


def _boxes(textpage: pdfium.PdfTextPage, spans: Iterable[tuple[int, int]]) -> Iterator[Box]:
    """The lines, or parts of lines, that ``spans`` of the text that was read stand on."""
    raw = raw_text(textpage)
    places = positions(raw)
    num_left = MAX_MARKS
    for start, end in spans:
        chosen = places[max(start, 0) : max(end, 0)]
        if not chosen:
            continue
        first, last = _character(textpage, raw, chosen[0]), _character(textpage, raw, chosen[-1])
        if 0 <= first <= last:
            num_boxes = min(textpage.count_rects(first, last - first + 1), num_left)
            num_left -= num_boxes
            yield from (textpage.get_rect(number) for number in range(num_boxes))


def _character(textpage: pdfium.PdfTextPage, raw: str, place: int) -> int:
    """What pdfium counts as the character at ``place`` of the text that it gave, in pairs of bytes."""
    num_pairs = place + sum(1 for letter in raw[:place] if ord(letter) > 0xFFFF)
    return int(pdfium_c.FPDFText_GetCharIndexFromTextIndex(textpage, num_pairs))


def _mark(pixels: NDArray[np.uint8], one: tuple[int, int], other: tuple[int, int]) -> None:
    """Colour the rectangle between two corners, wherever a turned page has put them."""
    (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    rows = slice(max(top - MARGIN, 0), max(bottom + MARGIN, 0))
    columns = slice(max(left - MARGIN, 0), max(right + MARGIN, 0))
    pixels[rows, columns] = (pixels[rows, columns] * MARKER // 255).astype(np.uint8)
