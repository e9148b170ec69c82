from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from errors import DocumentRefused
from rag.reading.pdf_text import LINE_HYPHEN, joined, positions
from rag.reading.pictures import draw_page
from rag.reading.reader import read_document
from tests.pdf_writer import page, pdf

LINES = ["nada aquí", "la prime-", "ra frase", "nada aquí"]
RAW = st.text(st.sampled_from(f"aB1 \r\n\x01\u200b\ud800\u2028{LINE_HYPHEN}\x1b[m\U0001f600"))


@given(RAW)
def test_each_character_knows_where_it_came_from(raw: str) -> None:
    text, places = joined(raw), positions(raw)
    assert len(text) == len(places)
    assert sorted(places) == places
    assert all(letter in (raw[place], "-", "\n", "?") for letter, place in zip(text, places, strict=True))


def drawn(path: Path, spans: list[tuple[int, int]], width: int = 595) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(draw_page(path, 1, spans, width))))


def marked_rows(pixels: NDArray[np.uint8]) -> set[int]:
    """Rows of points of an A4 page on which something is marked: yellow has no blue."""
    scale = 595 / pixels.shape[1]
    is_yellow = (pixels[:, :, 2] < 150) & (pixels[:, :, 0] > 200)
    return {int(row * scale) for row in np.flatnonzero(is_yellow.any(axis=1))}


def test_the_passage_and_nothing_else_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([LINES]))
    text = read_document(path, "a.pdf").pages[0].text
    start = text.index("primera frase")
    pixels = drawn(path, [(start, start + len("primera frase"))], 800)
    assert pixels.shape[1] == 800
    rows = marked_rows(pixels)
    assert {70, 85} < rows  # the second line stands 76 points from the top, the third 90
    assert not rows & {*range(64), *range(100, 842)}


def test_without_a_passage_nothing_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([LINES]))
    assert marked_rows(drawn(path, [])) == marked_rows(drawn(path, [(900, 999), (5, 5), (9, 3)])) == set()


@pytest.mark.parametrize("box", [b"[0 0 1e9 1e9]", b"[0 0 2 100000]", b"[0 0 595 842]/Rotate 90"])
def test_any_page_gives_a_picture_of_reasonable_size(box: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([LINES], {4: page(5, box=box)}))
    pixels = drawn(path, [(0, 9)], 3_000)
    assert pixels.shape[0] * pixels.shape[1] <= 6_100_000


@pytest.mark.parametrize("content", [b"%PDF-1.4 broken", pdf([[]])[:100], b"no PDF at all"])
def test_what_cannot_be_drawn_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    with pytest.raises(DocumentRefused):
        draw_page(path, 1, [], 500)


def test_there_is_no_page_after_the_last(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([LINES]))
    with pytest.raises(DocumentRefused):
        draw_page(path, 2, [], 500)
