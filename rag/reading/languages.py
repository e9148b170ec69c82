"""Tells the language of a text. Its model takes half a second to load, once, and then half a millisecond a text."""

from __future__ import annotations

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # says nothing of types

KNOWN = ("ar", "ca", "de", "el", "en", "es", "eu", "fr", "gl", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "zh")
MIN_LETTERS = 40
SAMPLE_CHARACTERS = 4_000  # from each of three places
MIN_SHARE = 0.6  # of the likeliest: below it nothing is said

_LETTERS = re.compile(r"[^\W\d_]")
_NOISE = re.compile(r"https?://\S+|\S*[@\\/_{}<>=|]\S*|[#*`~\[\]()]|\d+")


def language_of(text: str) -> str:
    """ISO 639-1, or "" when ``text`` is too short or too unlike any of the known ones to say."""
    sample = _NOISE.sub(" ", _sample(text))
    if len(_LETTERS.findall(sample)) < MIN_LETTERS:
        return ""
    language, share = _identifier().classify(sample)
    return str(language) if share >= MIN_SHARE else ""


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(KNOWN))
    return identifier


def _sample(text: str) -> str:
    """The beginning, the middle and the end: a cover or a list of references is not the document."""
    if len(text) <= 3 * SAMPLE_CHARACTERS:
        return text
    middle = len(text) // 2
    return " ".join((text[:SAMPLE_CHARACTERS], text[middle : middle + SAMPLE_CHARACTERS], text[-SAMPLE_CHARACTERS:]))
