"""Links in shown text where only some hosts may be linked: all others are text, however they are written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.shown_links import host_of
from safety.shown_text import clean_markdown
from tests.test_shown_text import BENIGN, FENCED, FORBIDDEN, HOSTILE, outside_code

HOSTS = ("ok.example", "xn--and-6ma2c.example")
LINKED = re.compile(r"\]\(https?://([^/?#:)]*)", re.IGNORECASE)
# What the renderer makes a link of, be it written as one or not.
UNASKED = re.compile(r"(?:https?|ftp)://|www\.|\w@\w", re.IGNORECASE)
PIECES = (
    *("https://evil.example/?q=", "https://ok.example/a", "www.evil.example", "a@evil.example", "mailto:", "HTTP://"),
    *("[", "](", "]", ")", "!", "<", ">", "`", "\n", "$$", "\\(", "\\)", "| ", "|--|", " ", "x", "&#58;", "]: ", "\\"),
    *("//evil.example", "ftp://", ":", "@", "www", ".", "    ", "```"),
)


def hosts_in(shown: str) -> set[str]:
    return set(LINKED.findall(outside_code(shown)))


def without_links(shown: str) -> str:
    """What is left of ``shown`` beside code and the links that were allowed."""
    return re.sub(r"\[[^\]]*\]\(https?://[^)]*\)", "", outside_code(shown))


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_nothing_leads_to_another_host(text: str) -> None:
    shown = clean_markdown(text, HOSTS)
    assert hosts_in(shown) <= set(HOSTS)
    assert UNASKED.search(without_links(shown)) is None


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    shown = outside_code(clean_markdown(text, ()))
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(shown)] == []
    assert UNASKED.search(shown) is None


@pytest.mark.parametrize("text", [*BENIGN.values(), *(text for text, _ in FENCED.values())])
def test_text_without_links_reads_as_everywhere(text: str) -> None:
    assert clean_markdown(text, ()) == clean_markdown(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[docs](https://ok.example/a)", "[docs](https://ok.example/a) (ok.example)"),
        ("[docs](https://OK.example:81/a)", "[docs](https://ok.example:81/a) (ok.example:81)"),
        ("see https://ok.example/b.", "see [https://ok.example/b](https://ok.example/b)."),
        ("[x](https://ñandú.example)", "[x](https://xn--and-6ma2c.example) (xn--and-6ma2c.example)"),
        ("![cat](https://ok.example/c.png)", "[cat](https://ok.example/c.png) (ok.example)"),
        ("[docs](https://evil.example/a)", "[docs&#93;(https&#58;//evil.example/a)"),
        ("[docs](https://ok.example.evil.example)", "[docs&#93;(https&#58;//ok.example.evil.example)"),
        ("![](https://evil.example/?q=secret)", "&#33;[&#93;(https&#58;//evil.example/?q=secret)"),
        ("https://evil.example", "https&#58;//evil.example"),
        ("www.evil.example", "&#119;&#119;&#119;.evil.example"),
        ("ana@evil.example", "ana&#64;evil.example"),
        ("[me](mailto:ana@ok.example)", "[me&#93;(mailto:ana&#64;ok.example)"),
        ("\\(https://evil.example\\)", "\\(https:{}//evil.example\\)"),
    ],
)
def test_how_it_is_written(text: str, shown: str) -> None:
    assert clean_markdown(text, HOSTS) == shown


def test_halves_of_characters_are_no_address() -> None:
    assert clean_markdown("https://ok.example/\ud800") == "[https://ok.example/\ud800](https://ok.example/?)"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://Ok.Example/a", "ok.example"),
        ("https://ñandú.example", "xn--and-6ma2c.example"),
        ("http://[::1]:80/", "::1"),
        ("https://a.example:80000", None),
        ("https://a.example\\@evil.example", None),
        ("https://me@evil.example", None),
        ("javascript:alert(1)", None),
        ("//evil.example", None),
        ("https://", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_the_host_of_an_address(address: str, host: str | None) -> None:
    assert host_of(address) == host
