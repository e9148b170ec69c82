"""What services say they found is taken as data."""

from __future__ import annotations

import pytest

from agents.sources import Found
from agents.tools.web_results import found_on_web


@pytest.mark.parametrize(
    "address", ["", "javascript:alert(1)", "/etc/passwd", "https://user:word@example.org/", "http://exam ple.org"]
)
def test_what_has_no_address_of_the_web_is_no_result(address: str) -> None:
    assert found_on_web("title", address, "text") is None


def test_results_hold_no_letters_that_nobody_sees() -> None:
    found = found_on_web("\u202eOla\U000e0041\x1b[31m\n\ud800 x", "https://example.org", "a\x00\ufeffb", "\u200f2020")
    assert found == Found("Ola ? x", "ab", "https://example.org/", "example.org", "2020")
    assert found_on_web("\u200e", "https://example.org", "") == Found(
        "example.org", "", "https://example.org/", "example.org"
    )


def test_long_texts_are_cut() -> None:
    found = found_on_web("t" * 999, "https://example.org", "x" * 99_999)
    assert found is not None
    assert (len(found.title), len(found.text)) == (200, 3_002)
