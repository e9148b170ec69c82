"""Chunks and windows are exact stretches of their page, and cover all of it that is not blank."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.settings import CollectionSettings
from rag.splitting import WINDOW_SIZE, split
from storage.document_records import Chunk, Page

PIECES = [
    "# ",
    "## ",
    "```\n",
    "\n",
    "\n\n",
    " ",
    "a",
    "casa. ",
    "¿Qué? ",
    "「你好。」",
    "\r\n",
    "\x85",
    "x" * 400,
    "ñ, ",
]
TEXTS = st.one_of(st.text(max_size=400), st.lists(st.sampled_from(PIECES), max_size=80).map("".join))
SETTINGS = st.builds(
    CollectionSettings,
    chunk_size=st.sampled_from([100, 250, 500]),
    chunk_overlap=st.sampled_from([0, 10, 50]),
)


def one_page(text: str, **settings: int) -> tuple[Chunk, ...]:
    return split([Page(1, text)], CollectionSettings(**settings))


@given(st.lists(TEXTS, max_size=3), SETTINGS)
def test_every_chunk_and_window_is_an_exact_stretch_of_its_page(texts: list[str], settings: CollectionSettings) -> None:
    pages = [Page(number, text) for number, text in enumerate(texts, 1)]
    chunks = split(pages, settings)
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        text = pages[chunk.page - 1].text
        assert chunk.text == text[chunk.start : chunk.end]
        assert chunk.text == chunk.text.strip() != ""
        assert len(chunk.text) <= settings.chunk_size * 5 // 4  # with its heading
        assert chunk.windows[0][0] == chunk.start
        assert chunk.windows[-1][1] == chunk.end
        for start, end in chunk.windows:
            assert chunk.start <= start < end <= chunk.end
            assert end - start <= WINDOW_SIZE * 4 // 3


@given(TEXTS, SETTINGS)
def test_nothing_but_blanks_is_left_out(text: str, settings: CollectionSettings) -> None:
    in_chunks, in_windows = set[int](), set[int]()
    for chunk in split([Page(1, text)], settings):
        in_chunks.update(range(chunk.start, chunk.end))
        for window in chunk.windows:
            in_windows.update(range(*window))
    written = {place for place, character in enumerate(text) if not character.isspace()}
    assert written <= in_windows <= in_chunks


@given(TEXTS, SETTINGS)
def test_each_chunk_begins_after_the_one_before(text: str, settings: CollectionSettings) -> None:
    starts = [(chunk.start, chunk.end) for chunk in split([Page(1, text)], settings)]
    assert all(before[0] < after[0] and before[1] < after[1] for before, after in pairwise(starts))


def test_overlap_repeats_whole_sentences_of_the_chunk_before() -> None:
    text = " ".join(f"La frase número {number} dice algo más." for number in range(30))
    first, second, *_ = one_page(text, chunk_size=200, chunk_overlap=60)
    assert second.start < first.end
    assert second.text.startswith("La frase")


def test_a_chunk_begins_at_a_heading_and_ends_at_a_sentence() -> None:
    text = "Una frase cualquiera. " * 12 + "\n# Uno\n" + "Otra frase más. " * 12
    chunks = one_page(text, chunk_size=150)
    (titled,) = (chunk for chunk in chunks if chunk.text.startswith("# Uno"))
    assert "Otra frase" in titled.text  # never a heading alone
    assert all(chunk.text.endswith(".") for chunk in chunks)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Sin título.", ()),
        ("# Uno\nTexto.", ("Uno",)),
        ("# Uno\n\n## Dos ##\nTexto.", ("Uno", "Dos")),
        ("## Dos\n# Uno\nTexto.", ("Uno",)),
        ("# Uno\n### Tres\n## Dos\nTexto.", ("Uno", "Dos")),
        ("#nada\nTexto.", ()),
        ("Texto.\n# Uno", ()),
        ("```\n# comentario\n```\nTexto.", ()),
        ("~~~\n```\n# comentario\n~~~\n# Uno\n", ()),
        ("# Uno\n", ("Uno",)),
    ],
)
def test_headings_lead_to_the_first_text_of_a_chunk(text: str, path: tuple[str, ...]) -> None:
    (chunk,) = one_page(text)
    assert chunk.headings == path


def test_headings_hold_for_the_chunks_that_follow() -> None:
    chunks = one_page("# Uno\n## Dos\n" + "Una frase cualquiera. " * 40 + "\n## Tres\n" + "Otra frase. " * 40)
    paths = [chunk.headings for chunk in chunks]
    assert paths[0] == paths[1] == ("Uno", "Dos")
    assert paths[-1] == ("Uno", "Tres")


def test_a_short_chunk_is_its_own_window() -> None:
    (chunk,) = one_page("Una frase corta. Otra más.")
    assert chunk.windows == ((chunk.start, chunk.end),)


def test_pages_without_text_give_nothing() -> None:
    assert split([Page(1, ""), Page(2, " \n\t")], CollectionSettings()) == ()
