"""Cuts text into what the lexical index counts: stems of words, and the 4-letter grams of words. Pure.

Each token is a number of 64 bits, so that indexes need no vocabulary and two of them can be merged as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import Stemmer  # type: ignore[import-not-found]
from numpy.typing import NDArray

from storage.columns import folded

Keys = NDArray[np.uint64]

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
WORD = re.compile(r"\w+")
GRAM = 4
SPACE, NEXT_TEXT = ord(" "), ord("\n")


@dataclass(frozen=True)
class Tokens:
    """One row for each token of a text: its key, and the place of its text among those given."""

    keys: Keys
    places: NDArray[np.int32]


def stems(texts: Sequence[str], language: str) -> Tokens:
    """The words of each text, stemmed by the rules of the ISO 639-1 ``language`` (not at all for one without rules),
    without case and accents."""
    words = [WORD.findall(unicodedata.normalize("NFKC", text).casefold()) for text in texts]
    key_of = _keys_of({word for found in words for word in found}, language)
    keys = np.fromiter((key_of[word] for found in words for word in found), np.uint64)
    places = np.repeat(np.arange(len(words), dtype=np.int32), [len(found) for found in words])
    return Tokens(keys, places)


def grams(texts: Sequence[str]) -> Tokens:
    """Each four letters in a row of each word, a blank before and after the word among them."""
    joined = "\n".join(f" {' '.join(WORD.findall(folded(text)))} " for text in texts)
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    if len(letters) < GRAM:
        return Tokens(np.empty(0, np.uint64), np.empty(0, np.int32))
    is_next = letters == NEXT_TEXT
    place = np.cumsum(is_next, dtype=np.int32)
    is_gap = (letters == SPACE) | is_next
    last = len(letters) - GRAM + 1
    is_in_word = ~(is_gap[1 : last + 1] | is_gap[2 : last + 2] | is_next[:last] | is_next[3 : last + 3])
    keys = np.zeros(last, np.uint64)
    for offset in range(GRAM):
        keys |= (letters[offset : last + offset] & 0xFFFF).astype(np.uint64) << np.uint64(16 * offset)
    return Tokens(keys[is_in_word], place[:last][is_in_word])


def _keys_of(words: Iterable[str], language: str) -> dict[str, int]:
    known = list(words)
    stemmed = Stemmer.Stemmer(STEMMERS[language]).stemWords(known) if language in STEMMERS else known
    return {word: _key_of(folded(stem)) for word, stem in zip(known, stemmed, strict=True)}


def _key_of(stem: str) -> int:
    return int.from_bytes(blake2b(stem.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
