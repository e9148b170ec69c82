"""As much text as is wanted, of the sentences of the application's own samples: it needs no data from elsewhere."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Iterator

from chains.sentences import sentences
from rag.sample_texts import SAMPLES
from tests.pdf_writer import pdf

LINES_A_PAGE = 45
LINE_WIDTH = 85  # characters: what fits on the page that the writer makes
SENTENCES_A_PARAGRAPH = 5


def long_text(num_characters: int, seed: int) -> str:
    """Another one for each seed."""
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < num_characters:
        paragraphs.extend(_paragraphs(seed * 1_000_000 + len(paragraphs), 20))
    return "\n\n".join(paragraphs)


def long_pdf(num_pages: int, seed: int) -> bytes:
    """Every page full of lines."""
    lines = textwrap.wrap(long_text(num_pages * LINES_A_PAGE * LINE_WIDTH, seed).replace("\n\n", " "), LINE_WIDTH)
    lines += lines[: max(0, num_pages * LINES_A_PAGE - len(lines))]
    return pdf([lines[page * LINES_A_PAGE : (page + 1) * LINES_A_PAGE] for page in range(num_pages)])


def _paragraphs(seed: int, num: int) -> Iterator[str]:
    """Each begins with a word of its own."""
    draw = random.Random(seed)
    known = list(_sentences())
    for _ in range(num):
        yield " ".join([f"N{draw.randrange(10**9)}.", *draw.sample(known, SENTENCES_A_PARAGRAPH)])


def _sentences() -> Iterator[str]:
    for sample in SAMPLES.values():
        text = sample.path.read_text(encoding="utf-8")
        prose = " ".join(line for line in text.splitlines() if not line.startswith("#"))
        yield from (prose[one.start : one.end] for one in sentences(prose))
