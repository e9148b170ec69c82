"""The stages of llama.cpp's sampler chain, one function each, cutting exactly where llama.cpp cuts.

llama.cpp decides in 32-bit sums, in the order in which its array of candidates lies: a sum in 64 bits would now and
then keep one candidate more or less at the edge of top-p. So the order is kept here too, and decisions are made in 32
bits; what people are told is computed in 64 (``playground/measures.py``). Only where candidates are exactly equal at
an edge may llama.cpp keep another one of them: there it is the lower id here, in llama.cpp it is up to its sorting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.sampling import SamplingParams
from playground.measures import Ids, Logits

MIN_KEPT = 1  # candidates that a cut must leave
LEAST_TEMPERATURE = 1e-30  # below it, 32 bits overflow
SHORT = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Candidates:
    """``ids`` and their ``logits`` in llama.cpp's order; ``is_sorted`` when that is from the highest down.

    ``is_whole`` when they are a whole vocabulary, each id in its place.
    """

    ids: Ids
    logits: Logits
    is_sorted: bool = False
    is_whole: bool = False

    @classmethod
    def of(cls, logits: Logits) -> Candidates:
        return cls(np.arange(len(logits)), logits, is_whole=True)

    def take(self, places: Ids, *, is_sorted: bool) -> Candidates:
        return Candidates(self.ids[places], self.logits[places], is_sorted)

    def sorted(self) -> Candidates:
        return self if self.is_sorted else self.take(_from_highest(self.logits), is_sorted=True)


def add_biases(left: Candidates, biases: Mapping[int, float]) -> Candidates:
    """``left`` is a whole vocabulary."""
    logits = left.logits.copy()
    for token_id, bias in biases.items():
        if token_id < len(logits):
            logits[token_id] += np.float32(bias)
    return replace(left, logits=logits)


def penalize(left: Candidates, recent_ids: Sequence[int], sampling: SamplingParams) -> Candidates:
    """``left`` is a whole vocabulary, ``recent_ids`` all that stands before the token to come."""
    seen, counts = np.unique(np.array(recent_ids[-sampling.penalty_last_n :], np.int64), return_counts=True)
    repeat, frequency, presence = (
        np.float32(number)
        for number in (sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty)
    )
    logits = left.logits.copy()
    before = logits[seen]
    after = np.where(before <= 0, before * repeat, before / repeat)
    logits[seen] = after - (counts.astype(np.float32) * frequency + presence)
    return replace(left, logits=logits, is_sorted=False)


def keep_top_k(left: Candidates, num: int) -> Candidates:
    if left.is_sorted:
        return left.take(np.arange(min(num, len(left.ids))), is_sorted=True)
    return left.take(_highest(left.logits, num), is_sorted=True)


def keep_top_p(left: Candidates, share: float) -> Candidates:
    """The fewest, from the likeliest down, that together reach ``share``."""
    if np.float32(share) >= 1:
        return left
    probabilities = _softmax(left.logits)
    order = np.arange(len(left.ids)) if left.is_sorted else _from_highest(left.logits)
    reached = np.cumsum(probabilities[order]) >= np.float32(share)
    return left.take(order[: _first(reached)], is_sorted=True)


def keep_min_p(left: Candidates, share: float) -> Candidates:
    """Those at least ``share`` as likely as the likeliest."""
    if np.float32(share) <= 0:
        return left
    least = left.logits.max() + _log(np.array([share], np.float32))[0]
    return left.take(np.flatnonzero(left.logits >= least), is_sorted=left.is_sorted)


def keep_typical(left: Candidates, share: float) -> Candidates:
    """The fewest that together exceed ``share``, from those on whose surprise comes nearest to the entropy."""
    if np.float32(share) >= 1:
        return left
    left = left.sorted()
    probabilities = _softmax(left.logits)
    surprise = np.full(len(probabilities), np.inf, np.float32)
    is_possible = probabilities > 0  # llama.cpp computes 0 · log 0 as not-a-number and cuts anywhere; its limit is 0
    surprise[is_possible] = -_log(probabilities[is_possible])
    entropy = _sum(probabilities[is_possible] * surprise[is_possible])
    order = _from_highest(-np.abs(surprise - entropy))
    exceeded = np.cumsum(probabilities[order]) > np.float32(share)
    return left.take(order[: _first(exceeded)], is_sorted=False)


def without_top_choices(left: Candidates, threshold: float) -> Candidates:
    """What XTC leaves when its coin falls so: of all that reach ``threshold``, only the least likely stays."""
    if len(left.ids) < 2:
        return left
    in_order = left.sorted()
    num_reaching = int((_softmax(in_order.logits) >= np.float32(threshold)).sum())
    first = max(0, num_reaching - 1)
    return in_order.take(np.arange(first, len(in_order.ids)), is_sorted=True) if first else left


def warm(left: Candidates, temperature: float) -> Candidates:
    """Divide the logits by ``temperature``; at 0 the best alone is left."""
    if temperature < LEAST_TEMPERATURE:
        return keep_greedy(left)
    return replace(left, logits=left.logits / np.float32(temperature))


def warm_by_entropy(left: Candidates, sampling: SamplingParams) -> Candidates:
    """The dynamic temperature: the flatter the distribution, the warmer."""
    num = len(left.ids)
    if num < 2:
        return left
    left = left.sorted()
    probabilities = _softmax(left.logits)
    possible = probabilities[probabilities > 0]
    flatness = _sum(-possible * _log(possible)) / -_log(np.array([1 / num], np.float32))[0]
    centre, reach = np.float32(sampling.temperature), np.float32(sampling.dynatemp_range)
    coldest, warmest = max(np.float32(0), centre - reach), centre + reach
    raised = np.float32(np.float64(flatness) ** np.float64(np.float32(sampling.dynatemp_exponent)))
    temperature = coldest + (warmest - coldest) * raised
    return warm(left, float(temperature))


def keep_greedy(left: Candidates) -> Candidates:
    """The likeliest alone; of equals the first."""
    return left.take(np.array([left.logits.argmax()]), is_sorted=True)


def _softmax(logits: Logits) -> SHORT:
    """As llama.cpp rounds it: each power, their sum from the first to the last, and each quotient in 32 bits."""
    powers = np.exp((logits - logits.max()).astype(np.float64)).astype(np.float32)
    return np.asarray(powers / _sum(powers))


def _sum(numbers: SHORT) -> np.float32:
    """From the first to the last; numpy's own sum adds in pairs, which rounds otherwise."""
    return np.float32(np.cumsum(numbers)[-1])


def _log(numbers: SHORT) -> SHORT:
    return np.log(numbers.astype(np.float64)).astype(np.float32)


def _first(flags: NDArray[np.bool_]) -> int:
    """How many there are up to the first that is true, itself included; all when none is."""
    return max(MIN_KEPT, int(flags.argmax()) + 1) if flags.any() else len(flags)


def _highest(logits: Logits, num: int) -> Ids:
    """The places of the ``num`` highest, in order: few are left to be sorted."""
    if num >= len(logits):
        return _from_highest(logits)
    least = np.partition(logits, -num)[-num]
    places = np.flatnonzero(logits >= least)
    return places[_from_highest(logits[places])[:num]]


def _from_highest(logits: Logits) -> Ids:
    """The places from the highest down; of equals the first comes first.

    A whole vocabulary is sorted three times faster as whole numbers than by numpy's stable sort of places: above, the
    float's bits, turned so that they rise as it falls; below, its place.
    """
    bits = logits.view(np.int32)
    rising = np.where(bits < 0, ~bits ^ np.int32(-(2**31)), bits)
    keys = (-rising.astype(np.int64) << 32) | np.arange(len(logits))
    keys.sort()
    return keys & 0xFFFFFFFF
