"""The context meter: how full the window is, drawn and in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.run_record import Part
from components.catalogue import Catalogue
from components.context_meter import context_meter

catalogue = Catalogue.load()
PARTS = {Part.SYSTEM: 24, Part.NOTES: 12, Part.HISTORY: 340, Part.QUESTION: 36}


def meter(
    parts: Mapping[Part, int], window: int = 2_048, reserved: int = 256, left_out: int = 0, language: str = "en"
) -> str:
    return context_meter(parts, window, reserved, left_out, catalogue, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "412 of 2,048 tokens: system 24, notes 12, history 340, question 36; 3 older messages left out"),
        ("es", "412 de 2048 tokens: sistema 24, notas 12, historial 340, pregunta 36; 3 mensajes antiguos fuera"),
    ],
)
def test_it_says_in_words_what_it_draws(language: str, sentence: str) -> None:
    html = meter(PARTS, left_out=3, language=language)
    assert f'role="img" aria-label="{sentence}"' in html
    assert f'title="{sentence}"' in html


def test_one_message_left_out_is_one() -> None:
    assert "; 1 older message left out" in meter(PARTS, left_out=1)


def test_parts_without_tokens_are_not_named() -> None:
    html = meter({**PARTS, Part.SUMMARY: 0})
    assert catalogue.text("en", "app_part_summary") not in html
    assert "p-summary" not in html


def test_the_table_tells_what_is_left() -> None:
    rows = re.findall(r"<tr[^>]*>.*?</tr>", meter(PARTS))
    assert [re.sub("<[^>]+>", " ", row).split() for row in rows[-2:]] == [
        ["Kept", "for", "the", "answer", "256", "12%"],
        ["Free", "1,380", "67%"],
    ]


@pytest.mark.parametrize(("used", "is_full"), [(850, False), (851, True), (1_000, True), (5_000, True)])
def test_it_warns_in_words_when_little_room_is_left(used: int, is_full: bool) -> None:
    html = meter({Part.HISTORY: used}, window=1_256)
    assert (catalogue.text("en", "app_meter_almost_full") in html) is is_full


def test_nothing_is_drawn_for_a_window_nobody_knows() -> None:
    assert meter(PARTS, window=0) == ""


def test_an_empty_window_is_drawn_empty() -> None:
    assert "0 of 2,048 tokens" in meter({})


@given(st.dictionaries(st.sampled_from(Part), st.integers(0, 10**6)), st.integers(1, 10**6), st.integers(0, 10**6))
def test_the_bar_never_leaves_its_box(parts: dict[Part, int], window: int, reserved: int) -> None:
    for x, width in re.findall(r'<rect [^>]*x="([^"]*)" width="([^"]*)"', meter(parts, window, reserved)):
        assert float(x) >= 0
        assert float(width) >= 0
        assert float(x) + float(width) <= 1_000.1
