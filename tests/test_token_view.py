"""Tokens made visible: no byte is lost, pieces of one character stay together, nothing of it becomes markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import components
from chains.run_record import Alternative, Part, WrittenToken
from components.catalogue import Catalogue
from components.local_text import LocalText
from components.token_text import shown_tokens, sign_text
from components.token_view import LIMITS, mean_probability, perplexity, token_view

text = LocalText(Catalogue.load(), "en")
STYLES = (Path(components.__file__).parent / "assets" / "glass_box.css").read_text(encoding="utf-8")
INK = {"light": "#2c2925", "dark": "#ece7e0"}  # of the theme
BOOK = "📚".encode()


class Tokens(HTMLParser):
    """The tokens of a view as a browser reads them: their attributes and texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.attributes: list[dict[str, str]] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self._is_inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        known = {name: value or "" for name, value in attrs}
        if tag == "span" and "data-o" in known:
            self.attributes.append(known)
            self.texts.append("")
            self._is_inside = True

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "span"

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.texts[-1] += data

    def choices(self, place: int) -> list[list[object]]:
        rows = json.loads(self.attributes[place]["data-o"])
        assert isinstance(rows, list)
        return rows


def written(content: bytes, probability: float = 0.5, *others: Alternative, token_id: int | None = 1) -> WrittenToken:
    return WrittenToken(id=token_id, text=content, probability=probability, others=others)


def other(content: bytes, probability: float, token_id: int | None = 2, after: float | None = None) -> Alternative:
    return Alternative(id=token_id, text=content, probability=probability, probability_after=after)


def view(*answer: WrittenToken, can_branch: bool = True) -> Tokens:
    return Tokens(token_view(answer, text, can_branch=can_branch))


# --- text ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.one_of(st.binary(max_size=4), st.text(max_size=3).map(str.encode)), max_size=30))
def test_no_byte_is_lost(contents: list[bytes]) -> None:
    shown = shown_tokens(contents)
    assert [token.content for token in shown] == contents
    assert "".join(token.text for token in shown).encode("utf-8", "surrogateescape") == b"".join(contents)


@given(st.text(max_size=12), st.integers(1, 3))
def test_a_text_reads_the_same_however_it_is_cut(whole: str, size: int) -> None:
    content = whole.encode()
    shown = shown_tokens([content[start : start + size] for start in range(0, len(content), size)])
    assert "".join(token.text for token in shown) == whole
    assert all(token.character or token.is_plain or len(token.html) > len(token.text) for token in shown)


def test_pieces_of_a_character_know_it() -> None:
    shown = shown_tokens([b" a " + BOOK[:2], BOOK[2:3], BOOK[3:] + b"!", b"end"])
    assert [token.text for token in shown] == [" a 📚", "", "!", "end"]
    assert [token.character for token in shown] == ["📚", "📚", "📚", ""]
    assert [token.left_open for token in shown] == [b"", BOOK[:2], BOOK[:3], b""]


def test_what_has_no_shape_is_spelled_out() -> None:
    (token,) = shown_tokens(["\u202e\x07".encode() + b"\xff"])
    assert token.html == "<u>U+202E</u><u>U+0007</u><u>FF</u>"
    assert not token.is_plain


def test_blanks_are_marked_beside_the_text() -> None:
    (token,) = shown_tokens([b"a\n\tb"])
    assert re.sub(r"<i[^>]*></i>", "", token.html) == "a\n\tb"
    assert token.is_plain


@pytest.mark.parametrize(
    ("content", "left_open", "signs"),
    [
        (b" the\n", b"", "␣the↵"),
        (BOOK[3:], BOOK[:3], "📚"),
        (b"\x99\x82", b"\xf0\x9f", "🙂"),
        (BOOK[:2], b"", "⟨F0⟩⟨9F⟩"),
        (b"no", BOOK[:3], "no"),
        (b"", b"", ""),
    ],
)
def test_a_choice_is_shown_in_its_place(content: bytes, left_open: bytes, signs: str) -> None:
    assert sign_text(content, left_open) == signs


# --- the view --------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), min_size=1, max_size=8))
def test_tokens_are_data(contents: list[tuple[str, str]]) -> None:
    tokens = view(*(written(one.encode(), 0.5, other(two.encode(), 0.2)) for one, two in contents))
    assert len(tokens.texts) == len(contents)
    assert tokens.tags <= {"details", "summary", "p", "ol", "li", "div", "span", "i", "u"}
    for place, (_, two) in enumerate(contents):
        assert sign_text(two.encode()) in {row[0] for row in tokens.choices(place)} or not two


def test_hostile_tokens_stay_in_their_attribute() -> None:
    hostile = b"'><script>alert(1)</script>&#39;\""
    tokens = view(written(hostile, 0.5, other(hostile, 0.3)))
    assert tokens.texts == [hostile.decode()]
    assert tokens.choices(0)[1][0] == hostile.decode()
    assert "script" not in tokens.tags


def test_the_written_token_is_marked_once_and_cannot_be_taken() -> None:
    tokens = view(written(b" a", 0.3, other(b" the", 0.6, 7), other(b" a", 0.3, 1)))
    assert tokens.choices(0) == [[" the".replace(" ", "␣"), 0.6, None, 0, 1, 0], ["␣a", 0.3, None, 1, 0, 1]]


def test_a_written_token_that_is_not_among_the_likeliest_stands_in_its_place() -> None:
    tokens = view(written(b"x", 0.02, other(b"a", 0.6, 7), other(b"b", 0.01, 8)))
    assert [(row[0], row[3], row[5]) for row in tokens.choices(0)] == [("a", 0, 0), ("x", -1, 1), ("b", 1, 0)]


def test_a_token_without_an_id_cannot_be_taken() -> None:
    tokens = view(written(b"x", 0.5, other(b"y", 0.2, None), token_id=None))
    assert [row[4] for row in tokens.choices(0)] == [0, 0]


def test_an_earlier_step_cannot_be_gone_on_from() -> None:
    answer = written(b"x", 0.5, other(b"y", 0.2))
    assert [row[4] for row in view(answer, can_branch=False).choices(0)] == [0, 0]
    assert text.html("app_glass_earlier_step") in token_view([answer], text, can_branch=False)


def test_a_choice_inside_a_character_shows_what_it_would_have_become() -> None:
    tokens = view(written(BOOK[:3]), written(BOOK[3:], 0.5, other(b"\x96", 0.4)))
    assert [row[0] for row in tokens.choices(1)] == ["📚", "📖"]


@pytest.mark.parametrize(("probability", "shade"), [(1.0, "k6"), (0.9, "k6"), (0.5, "k4"), (0.05, "k1"), (0.0, "k0")])
def test_a_probability_has_its_shade(probability: float, shade: str) -> None:
    assert view(written(b"x", probability)).attributes[0]["class"] == shade


def test_the_line_tells_mean_and_perplexity() -> None:
    answer = [written(b"a", 0.5), written(b"b", 0.125)]
    assert mean_probability(answer) == pytest.approx(0.3125)
    assert perplexity(answer) == pytest.approx(4.0)
    assert text.html("app_glass_mean", mean="31%", perplexity="4.0") in token_view(answer, text, can_branch=True)


def test_a_token_that_was_impossible_keeps_the_perplexity_finite() -> None:
    assert perplexity([written(b"a", 0.0)]) < float("inf")


def test_a_model_that_tells_no_probabilities_gets_a_sentence() -> None:
    assert token_view([], text, can_branch=True) == f'<p class="gb-note">{text.html("app_glass_answer_unknown")}</p>'


# --- colours ---------------------------------------------------------------------------------------------------------


def colours(scheme: str) -> dict[str, str]:
    """The stylesheet's own variables in one scheme."""
    dark = ':root[data-theme="dark"] {'
    block = STYLES.split(dark)[1] if scheme == "dark" else STYLES.split(dark)[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block.partition("}")[0]))


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", INK)
def test_text_can_be_read_on_every_ground(scheme: str) -> None:
    known = colours(scheme)
    grounds = [f"k{place}" for place in range(len(LIMITS) + 1)] + [f"{part}-tint" for part in Part]
    assert {
        name: contrast(known[name], INK[scheme]) for name in grounds if contrast(known[name], INK[scheme]) < 4.5
    } == {}
    assert contrast(known["gb-warn"], known["gb-warn-ground"]) >= 4.5


@pytest.mark.parametrize("scheme", INK)
def test_the_ramp_goes_one_way_in_lightness_alone(scheme: str) -> None:
    """So that it can be read without seeing colours."""
    steps = [luminance(colours(scheme)[f"k{place}"]) for place in range(len(LIMITS) + 1)]
    assert steps == sorted(steps, reverse=scheme == "dark")
