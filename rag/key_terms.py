"""The terms that a text keeps coming back to, by counting: the same text always has the same ones.

After RAKE (Rose et al. 2010): candidates are runs of words between the commonest words and the punctuation.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from chains.languages import STOP_WORDS

MAX_WORDS = 3
MIN_LETTERS = 4
PIECE = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|[^\s\w]|\n")
COMMON = frozenset().union(*STOP_WORDS.values())


@dataclass(frozen=True)
class KeyTerm:
    """``text`` as it is written most often, and how many times it comes."""

    text: str
    count: int


def key_terms(text: str, num: int = 12) -> tuple[KeyTerm, ...]:
    """The best first; a term that is part of a better one is left out unless it comes much more often."""
    written: dict[str, Counter[str]] = {}
    for run in _runs(text):
        for length in range(1, MAX_WORDS + 1):
            for start in range(len(run) - length + 1):
                words = run[start : start + length]
                if all(len(word) >= MIN_LETTERS for word in (words[0], words[-1])):
                    written.setdefault(" ".join(words).casefold(), Counter())[" ".join(words)] += 1
    counts = {term: forms.total() for term, forms in written.items()}
    at_least = 2 if max(counts.values(), default=0) > 1 else 1
    ranked = sorted(
        (term for term in counts if counts[term] >= at_least), key=lambda term: (-_worth(term, counts), term)
    )
    chosen: list[str] = []
    for term in ranked:
        if not any(_overlaps(term, other, counts) for other in chosen):
            chosen.append(term)
        if len(chosen) == num:
            break
    return tuple(KeyTerm(written[term].most_common(1)[0][0], counts[term]) for term in chosen)


def _runs(text: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for piece in PIECE.findall(text):
        if piece[0].isalpha() and piece.casefold() not in COMMON:
            runs[-1].append(piece)
        elif runs[-1]:
            runs.append([])
    return runs


def _worth(term: str, counts: dict[str, int]) -> float:
    """Longer terms say more: each word more counts half as much again."""
    return counts[term] * (1 + 0.75 * term.count(" "))


def _overlaps(term: str, other: str, counts: dict[str, int]) -> bool:
    inner, outer = sorted((term, other), key=len)
    return f" {inner} " in f" {outer} " and counts[inner] < 3 * counts[outer]
