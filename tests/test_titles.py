from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.titles import MAX_TITLE_CHARACTERS, cleaned_title, first_words


@pytest.mark.parametrize(
    ("proposal", "title"),
    [
        ("Keeping bees", "Keeping bees"),
        ('Title: "Keeping bees"', "Keeping bees"),
        ("**Título:** «La cría de abejas».", "La cría de abejas"),
        ("\n\n# Keeping bees\nBees are insects.", "Keeping bees"),
        ("What is a bee?", "What is a bee?"),
        ("C++ and C#", "C++ and C"),
        ("¿Qué es una abeja?", "¿Qué es una abeja?"),
        ("", None),
        ("   \n ", None),
        ("...", None),
        ("42", None),
        ("x", None),
        ("I'm sorry, but as an assistant I cannot give this a title.", None),
        ("Bees " * 40, None),
        ("Supercalifragilistic" * 4, None),
    ],
)
def test_a_title_is_taken_out_of_what_the_model_wrote(proposal: str, title: str | None) -> None:
    assert cleaned_title(proposal) == title


@given(st.text())
def test_a_title_is_one_short_line_with_letters_or_none(proposal: str) -> None:
    title = cleaned_title(proposal)
    if title is not None:
        assert len(title.splitlines()) == 1
        assert len(title) <= MAX_TITLE_CHARACTERS
        assert any(letter.isalpha() for letter in title)


@given(st.text())
def test_the_first_words_are_the_beginning_on_one_line(text: str) -> None:
    title = first_words(text)
    line = " ".join(text.split())
    assert line.startswith(title.removesuffix("…"))
    assert len(title) <= MAX_TITLE_CHARACTERS + 1
    assert (title == line) == (len(line) <= MAX_TITLE_CHARACTERS)


def test_the_first_words_end_at_a_word() -> None:
    assert first_words("word " * 20) == "word " * 11 + "word…"
    assert first_words("x" * 100) == "x" * MAX_TITLE_CHARACTERS + "…"
