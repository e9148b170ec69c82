from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engine.text_decoder import TextDecoder


def decode(pieces: list[bytes], stop: tuple[str, ...] = ()) -> tuple[list[str], bool]:
    decoder = TextDecoder(stop)
    shown = [decoder.push(piece) for piece in pieces]
    return [*shown, decoder.finish()], decoder.is_stopped


@given(st.text(), st.integers(1, 4))
def test_text_arrives_whole_however_its_bytes_are_split(text: str, size: int) -> None:
    encoded = text.encode()
    shown, _ = decode([encoded[i : i + size] for i in range(0, len(encoded), size)])
    assert "".join(shown) == text


def test_a_character_split_over_two_tokens_appears_when_it_is_complete() -> None:
    first, second = "ñ".encode()[:1], "ñ".encode()[1:]
    assert decode([first, second])[0] == ["", "ñ", ""]


def test_a_character_that_is_never_completed_is_marked() -> None:
    assert decode(["ñ".encode()[:1]])[0] == ["", "�"]


@pytest.mark.parametrize(
    ("pieces", "stop", "text", "is_stopped"),
    [
        (["one Q: two"], ("Q:",), "one ", True),
        (["one Q", ": two"], ("Q:",), "one ", True),
        (["one Q", "uestion"], ("Q:",), "one Question", False),
        (["aab"], ("ab", "a"), "", True),
        (["a", "a", "a", "b"], ("aab",), "a", True),
        (["plain"], (), "plain", False),
        (["plain"], ("",), "plain", False),
    ],
)
def test_stop_strings(pieces: list[str], stop: tuple[str, ...], text: str, is_stopped: bool) -> None:
    shown, stopped = decode([piece.encode() for piece in pieces], stop)
    assert ("".join(shown), stopped) == (text, is_stopped)


@given(st.text("ab", max_size=12), st.text("ab", min_size=1, max_size=4))
def test_what_is_shown_ends_exactly_before_the_first_stop_string(text: str, stop: str) -> None:
    shown, stopped = decode([character.encode() for character in text], (stop,))
    assert "".join(shown) == text.split(stop)[0]
    assert stopped == (stop in text)


@given(st.text(), st.integers(0, 40))
def test_what_follows_a_cut_text_is_its_rest_with_the_cut_character_whole(text: str, cut: int) -> None:
    encoded = text.encode()
    before, after = encoded[:cut], encoded[cut:]
    decoder = TextDecoder()
    decoder.go_on_from(before[-3:])
    shown = decoder.push(after) + decoder.finish()
    assert before.decode(errors="ignore") + shown == text


def test_what_stands_before_is_no_part_of_a_stop_string() -> None:
    decoder = TextDecoder(("ab",))
    decoder.go_on_from(b"a")
    assert (decoder.push(b"b"), decoder.is_stopped) == ("b", False)
