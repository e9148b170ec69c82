"""Marks behind sentences: always links of ours, never of the text, and whole wherever they stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.answer_marks import JOINT, Mark, marked
from safety.shown_text import clean_markdown
from tests.test_shown_text import CODE, HOSTILE, JOINER

FORGED = re.compile(r"\]\(#|[\ue000-\uf8ff]")
PIECES = (
    *("A word. ", "b", "\n", "\n\n", "```", "`", "| ", "|---|", "[", "](", "](#source-x-1-0)", ")", "!", "$$", "\\("),
    *("\\)", "\\[", "\\]", "**", "    ", "- ", "> ", "https://a.example/b.", "<a href=#x>", "\ue000", "&#91;"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
NAME = 'a](#source-x-9-9) "b" |`$$\\(.pdf'


def mark(place: int, number: int) -> Mark:
    return Mark(place, f"[{number}]", f"source-id-{number}-0", f"source {number}: {NAME}")


def without(shown: str, marks: list[Mark]) -> str:
    """``shown`` without its code and its marks, each of which may be there once, or as its number in code."""
    for one in marks:
        assert shown.count(one.markdown) <= 1
        shown = shown.replace(one.markdown, "")
    return CODE.sub("", shown)


@given(texts, st.lists(st.integers(0, 60), max_size=5))
def test_no_text_makes_a_mark_or_breaks_one(text: str, places: list[int]) -> None:
    marks = [mark(min(place, len(text)), number) for number, place in enumerate(sorted(places), 1)]
    assert FORGED.search(without(marked(text, marks), marks)) is None


@given(texts.filter(lambda text: "\ue000" not in text))
def test_without_marks_a_text_is_shown_as_everywhere(text: str) -> None:
    assert marked(text, []) == clean_markdown(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_harmless_with_a_mark_behind_each_letter(text: str) -> None:
    for place in range(len(text) + 1):
        one = mark(place, 1)
        assert FORGED.search(without(marked(text, [one]), [one])) is None


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("One. Two.", "One."),
        ("**Fat.** Two", "**Fat.**"),
        ("Wow! Two", "Wow!"),
        ("See https://a.example/b. Two", "See https://a.example/b."),
        ("Is `a. b` here", "Is `a."),
        ("Is $$x. y$$ here", "Is $$x."),
        ("Is \\(x. y\\) here", "Is \\(x."),
        ("A [label. more](https://a.example) here", "A [label."),
        ("| a | b |\n|---|---|\n| One. | Two. |", "| a | b |\n|---|---|\n| One. | Two. |"),
        ("1. First.\n\n    Second. Third", "1. First.\n\n    Second."),
        ("> Said. Two", "> Said."),
    ],
)
def test_a_mark_stands_at_its_sentence_outside_of_what_cannot_hold_one(text: str, before: str) -> None:
    one = mark(len(before), 1)
    shown = marked(text, [one])
    assert shown.count(JOINT + one.markdown) == 1
    rest = shown.replace(JOINT + one.markdown, "").replace(JOINER, "").replace("x.  y", "x. y")
    assert rest == clean_markdown(text)
    head = shown.partition(JOINT + one.markdown)[0]
    for opening, closing in (("`", "`"), ("$$", "$$"), ("\\(", "\\)"), ("[", "](")):
        assert head.count(opening) == head.count(closing) or (opening == closing and head.count(opening) % 2 == 0)


def test_in_a_table_the_mark_is_in_the_last_cell() -> None:
    text = "| a |\n|---|\n| One. |"
    one = mark(len(text), 1)
    assert marked(text, [one]).endswith(one.markdown + "|")


@pytest.mark.parametrize("text", ["```\nOne. Two.\n```", "~~~\nOne. Two.", "a\n\n    One. Two."])
def test_there_are_no_links_in_code(text: str) -> None:
    one = mark(text.index("One.") + 4, 1)
    assert one.markdown not in marked(text, [one])


def test_two_sources_of_one_sentence_stand_beside_each_other() -> None:
    first, second = mark(4, 1), mark(4, 2)
    assert marked("One. Two", [first, second]) == f"One.{JOINT}{first.markdown}{JOINT}{second.markdown} Two"


def test_a_name_is_text_alone() -> None:
    assert re.fullmatch(r'\[&#91;1&#93;\]\(#source-id-1-0 "[\w &#;]*"\)', mark(0, 1).markdown)
