"""What can be said of a distribution in one number, and of two. Pure: numbers in, numbers out.

A distribution has one probability for each id of the vocabulary, 0 for what was cut.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Logits: TypeAlias = NDArray[np.float32]
Distribution: TypeAlias = NDArray[np.float64]
Ids: TypeAlias = NDArray[np.int64]

LEAST_EXPONENT = -1_000.0  # e to it is 0 already, and 0 times it is no not-a-number


def softmax(logits: Logits) -> Distribution:
    """Sums to one; minus infinity becomes 0. ``logits`` holds at least one finite number."""
    return distribution(logits)[0]


def distribution(logits: Logits) -> tuple[Distribution, float]:
    """The softmax of ``logits`` and its entropy, for which the logits are logarithms enough: that is twice as fast."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max()
    np.maximum(shifted, LEAST_EXPONENT, out=shifted)
    probabilities = np.exp(shifted)
    total = probabilities.sum()
    probabilities /= total
    shifted *= probabilities
    bits = (np.log(total) - shifted.sum()) / np.log(2)
    return probabilities, max(0.0, float(bits))


def entropy(probabilities: Distribution) -> float:
    """How much a draw tells, in bits: 0 where only one can come, log2(n) where n are equally likely."""
    possible = probabilities[probabilities > 0]
    return max(0.0, -float((possible * np.log2(possible)).sum()))  # not -0.0


def effective_number(bits: float) -> float:
    """How many equally likely candidates would have an entropy of ``bits``."""
    return float(2.0**bits)


def total_variation(first: Distribution, second: Distribution) -> float:
    """How much probability lies elsewhere, 0 to 1: the most that any event's chance can differ."""
    return float(np.abs(first - second).sum() / 2)


def best(scores: Logits | Distribution, num: int) -> Ids:
    """The ids of the ``num`` highest, highest first; of equals the lower id first."""
    num = min(num, len(scores))
    if num <= 0:
        return np.zeros(0, np.int64)
    least = np.partition(scores, -num)[-num]
    candidates = np.flatnonzero(scores >= least)
    order = np.argsort(-scores[candidates], kind="stable")
    return candidates[order[:num]]
