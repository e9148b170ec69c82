"""Makes one order of what two ways of searching found. Pure: numbers in, numbers out.

Scores of different kinds are compared by how far they stand out of their collection (z-scores), not by rank: ranks
throw away by how much the first is better than the second. Figures are in ``docs/decisions/0013-words-and-vectors.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

DENSE_SHARE = 0.45
LEXICAL_SHARE = 0.55
NO_WORDS_SHARE = 0.45  # of a question's stems occur in a text of another language: names, numbers
ALL_WORDS_SHARE = 0.75
SMALLEST_DEVIATION = 1e-6  # beside the mean: below it is rounding
DUPLICATE_COSINE = 0.9  # two passages that are nearer than this say the same


@dataclass(frozen=True)
class Scale:
    """What scores of one kind are usual in a collection."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, scores: Scores) -> Scale:
        if not len(scores):
            return cls(0.0, 0.0)
        wide = scores.astype(np.float64)
        return cls(float(wide.mean()), float(wide.std()))

    def standardised(self, scores: Scores) -> Scores:
        """All 0 where no score stands out. NaN stays NaN."""
        if self.deviation <= SMALLEST_DEVIATION * max(1.0, abs(self.mean)):
            return np.where(np.isnan(scores), scores, np.float32(0))
        return ((scores - self.mean) / self.deviation).astype(np.float32)


def lexical_weight(share_of_stems: float) -> float:
    """From 0, for a question in another language than the text, to 1.

    ``share_of_stems``: of the question's stems, those that occur anywhere in the collection.
    """
    return float(np.clip((share_of_stems - NO_WORDS_SHARE) / (ALL_WORDS_SHARE - NO_WORDS_SHARE), 0, 1))


def fused(dense: Scores, lexical: Scores, weight: float) -> Scores:
    """The sum of standardised scores; ``weight`` is that of the lexical ones."""
    return (DENSE_SHARE * dense + LEXICAL_SHARE * weight * lexical).astype(np.float32)


def rank(scores: Scores, score: float) -> int:
    """The place of one of the scores, 1 for the highest; equal ones share the first of their places."""
    return 1 + int(np.count_nonzero(scores > score))


def highest(scores: Scores, num: int) -> NDArray[np.int64]:
    """Indices of the ``num`` highest, ascending: without putting the others in order."""
    if len(scores) <= num:
        return np.arange(len(scores))
    return np.sort(np.argpartition(scores, len(scores) - num)[len(scores) - num :])


def diverse(scores: Sequence[float], cosines: NDArray[np.float32], num: int, diversity: float) -> list[int]:
    """The places of the ``num`` to take: by maximal marginal relevance, against near-duplicates alone.

    Each round takes the highest score, less ``diversity`` (0 to 1) for how near the passage is to one that was taken:
    nothing up to DUPLICATE_COSINE, all of the spread of the scores for the very same. ``cosines`` are those of any two.
    """
    relevance = np.asarray(scores, np.float64)
    spread = float(relevance.max() - relevance.min()) if len(relevance) else 0.0
    repeats = np.clip((cosines - DUPLICATE_COSINE) / (1 - DUPLICATE_COSINE), 0, 1)
    repeated = np.zeros(len(relevance))
    taken: list[int] = []
    while len(taken) < min(num, len(relevance)):
        left = relevance - diversity * (spread or 1.0) * repeated
        left[taken] = -np.inf
        taken.append(int(np.argmax(left)))
        repeated = np.maximum(repeated, repeats[taken[-1]])
    return taken
