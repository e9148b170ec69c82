"""What others wrote, on one line of the page and in what is said at once."""

from __future__ import annotations

import pytest

from components.shown_line import MAX_LINE_CHARACTERS, shown_line, toast_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("a\n\tb", "a b"),
        ("exe\u202egpj", "exegpj"),
        ('it\'s "R&D"', "it&#x27;s &quot;R&amp;D&quot;"),
        ("x" * 400, "x" * (MAX_LINE_CHARACTERS - 1) + "…"),
    ],
)
def test_a_line(text: str, shown: str) -> None:
    assert shown_line(text) == shown


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("There is no <form>.", "There is no &lt;form&gt;."),
        ("\u202eIt's gone & «over».", "It's gone &amp; «over»."),
        ("x" * 400, "x" * 400),
    ],
)
def test_a_toast_is_text(sentence: str, shown: str) -> None:
    assert toast_text(sentence) == shown
