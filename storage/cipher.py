"""Encrypts what people write before it lies in a database, where the operator gave a key for that.

AES-256-GCM. Each column has a key of its own, made of the operator's: what lies in one does not open in another, and
random nonces do not run out, which they would, by NIST's bound, after 2^32 values under one key.
"""

from __future__ import annotations

import base64
import binascii
import logging
import os
import unicodedata
from typing import Protocol

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect

from errors import DataUnreadable

KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
MARK = b"sealed1:"  # tells people, and later versions, what this is; that it opens is what proves it
ARGON2 = {"time_cost": 3, "memory_cost": 65_536, "parallelism": 4}  # the second choice of RFC 9106: 0.3 s, 64 MB
_ATTRIBUTE = "tertulia_cipher"

logger = logging.getLogger(__name__)


class Cipher(Protocol):
    """``place`` is the table and column of a value."""

    is_sealing: bool

    def seal(self, content: bytes, place: str) -> bytes:
        """As it may lie on a disk."""

    def open(self, sealed: bytes, place: str) -> bytes:
        """What ``seal`` was given. Raises DataUnreadable."""


class NoCipher:
    """Leaves everything as it is."""

    is_sealing = False

    def seal(self, content: bytes, place: str) -> bytes:
        return content

    def open(self, sealed: bytes, place: str) -> bytes:
        return sealed


class KeyCipher:
    """Under the key ``key_of`` gives for that ``salt``."""

    is_sealing = True

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._key = key
        self._salt = salt
        self._keys: dict[str, AESGCM] = {}

    def seal(self, content: bytes, place: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return MARK + nonce + self._at(place).encrypt(nonce, content, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        content = self.tried(sealed, place)
        if content is None:
            logger.error("what lies in %s does not open", place)
            raise DataUnreadable
        return content

    def tried(self, sealed: bytes, place: str) -> bytes | None:
        """None when this cipher did not seal it there, or it was changed since."""
        start = len(MARK) + NONCE_BYTES
        if not sealed.startswith(MARK) or len(sealed) < start:
            return None
        try:
            return self._at(place).decrypt(sealed[len(MARK) : start], sealed[start:], place.encode())
        except InvalidTag:
            return None

    def _at(self, place: str) -> AESGCM:
        if place not in self._keys:
            derived = HKDF(SHA256(), KEY_BYTES, self._salt, b"tertulia " + place.encode()).derive(self._key)
            self._keys[place] = AESGCM(derived)
        return self._keys[place]


def key_of(secret: str, salt: bytes) -> bytes:
    """``secret`` is 32 random bytes in base64, taken as they are, or a pass phrase, which is slow to guess."""
    given = unicodedata.normalize("NFC", secret.strip())
    if (key := _random_bytes(given)) is not None:
        return key
    return hash_secret_raw(given.encode(errors="replace"), salt, hash_len=KEY_BYTES, type=Type.ID, **ARGON2)


def _random_bytes(given: str) -> bytes | None:
    try:
        decoded = base64.b64decode(given.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if len(decoded) == KEY_BYTES else None


def as_text(sealed: bytes) -> str:
    """What was sealed, for a column that holds text."""
    return MARK.decode() + base64.b64encode(sealed[len(MARK) :]).decode()


def from_text(text: str) -> bytes:
    """What ``as_text`` was given; of any other text, bytes that do not open."""
    try:
        return MARK + base64.b64decode(text.removeprefix(MARK.decode()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def put_cipher(dialect: Dialect, cipher: Cipher) -> None:
    """From now on, values of the engine that has this dialect, and of no other, go through ``cipher``."""
    setattr(dialect, _ATTRIBUTE, cipher)


def cipher_of(dialect: Dialect) -> Cipher:
    """That of one engine: a dialect is all that a type of column is told of it."""
    cipher: Cipher = getattr(dialect, _ATTRIBUTE, _NONE)
    return cipher


_NONE = NoCipher()
