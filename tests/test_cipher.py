"""What is sealed opens under its key, in its place and unchanged; else there is a sentence."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import DataUnreadable
from storage.cipher import KEY_BYTES, MARK, SALT_BYTES, KeyCipher, NoCipher, as_text, from_text, key_of

SALT = bytes(SALT_BYTES)
KEY = bytes(range(KEY_BYTES))
PLACE = "messages.text"


@pytest.fixture(scope="module")
def cipher() -> KeyCipher:
    return KeyCipher(KEY, SALT)


@given(content=st.binary(max_size=2_000))
def test_what_was_sealed_opens_again_and_shows_nothing(cipher: KeyCipher, content: bytes) -> None:
    sealed = cipher.seal(content, PLACE)
    assert cipher.open(sealed, PLACE) == content
    assert cipher.open(from_text(as_text(sealed)), PLACE) == content
    assert len(content) < 4 or content not in sealed
    assert cipher.seal(content, PLACE) != sealed
    assert KeyCipher(KEY, SALT).open(sealed, PLACE) == content


@given(content=st.binary(max_size=50), data=st.data())
def test_what_was_changed_does_not_open(cipher: KeyCipher, content: bytes, data: st.DataObject) -> None:
    sealed = cipher.seal(content, PLACE)
    place = data.draw(st.integers(0, len(sealed) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(sealed)
    changed[place] ^= 1 << bit
    cut = sealed[:place]
    for broken in (bytes(changed), cut, sealed + b"\x00"):
        with pytest.raises(DataUnreadable):
            cipher.open(broken, PLACE)


@given(text=st.text(max_size=200))
def test_no_text_of_a_persons_opens(cipher: KeyCipher, text: str) -> None:
    for given_text in (text, MARK.decode() + text, as_text(MARK + text.encode())):
        assert cipher.tried(from_text(given_text), PLACE) is None


@pytest.mark.parametrize(
    ("other", "place"),
    [
        (KeyCipher(KEY, SALT), "messages.folded_text"),
        (KeyCipher(KEY[::-1], SALT), PLACE),
        (KeyCipher(KEY, b"\x01" * SALT_BYTES), PLACE),
    ],
    ids=["place", "key", "salt"],
)
def test_it_opens_nowhere_else(cipher: KeyCipher, other: KeyCipher, place: str) -> None:
    sealed = cipher.seal(b"private", PLACE)
    with pytest.raises(DataUnreadable):
        other.open(sealed, place)


def test_without_a_key_all_stays_as_it_is() -> None:
    assert NoCipher().seal(b"a", PLACE) == NoCipher().open(b"a", PLACE) == b"a"


def test_random_bytes_are_a_key_as_they_are_in_either_alphabet() -> None:
    random = b"\xff\xfe" + os.urandom(KEY_BYTES - 2)
    for encoded in (base64.b64encode(random), base64.urlsafe_b64encode(random)):
        assert key_of(f" {encoded.decode()}\n", SALT) == random


def test_a_pass_phrase_becomes_a_key_that_depends_on_the_salt() -> None:
    key = key_of("ana con café", SALT)
    assert len(key) == KEY_BYTES
    assert key_of("ana con cafe\u0301 ", SALT) == key  # as another keyboard writes it
    assert key_of("ana con café", SALT[1:] + b"\x01") != key
    assert key_of("ana con cafe", SALT) != key
