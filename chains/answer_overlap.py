"""How much of an expected answer is in a given one: the F1 of SQuAD over words, for Spanish and English."""

from __future__ import annotations

import re
from collections import Counter

from storage.columns import folded

WORD = re.compile("\\w[\\w\u0300-\u036f]*")  # an accent may be a character of its own
ARTICLES = frozenset(["a", "an", "the", "el", "la", "los", "las", "un", "una", "unos", "unas"])


def words_of(text: str) -> list[str]:
    """Without case, accents and punctuation."""
    return [folded(word).replace(" ", "") for word in WORD.findall(text)]  # some letters unfold to several words


def overlap(given: str, expected: str) -> float:
    """0, nothing in common, to 1, the same words. Articles do not count."""
    ours, theirs = (Counter(word for word in words_of(text) if word not in ARTICLES) for text in (given, expected))
    if not ours or not theirs:
        return float(ours == theirs)
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())
