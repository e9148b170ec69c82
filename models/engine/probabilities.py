"""From one row of logits to what people may see: probabilities before and after the sampler chain. Pure numpy.

``logits`` and ``probabilities`` have one number for each id of the vocabulary; ``ids`` are those that survived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.engine.distribution import Candidate, StageView, TokenChoice

Floats: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Probabilities: TypeAlias = npt.NDArray[np.float64]
Ids: TypeAlias = npt.NDArray[np.int32]
TokenBytes: TypeAlias = Callable[[int], bytes]

GROUP = 64  # ids
LEAST_SHIFT = -100.0  # of a logit below the highest: less likely is as good as impossible


@dataclass(frozen=True)
class Survivors:
    """What a stage leaves: ``ids`` and their finite logits, in any order."""

    ids: Ids
    logits: Floats


def softmax(logits: Floats) -> Probabilities:
    """Sums to one; minus infinity becomes 0. ``logits`` holds at least one finite number."""
    weights = np.exp(logits.astype(np.float64) - logits.max())
    return np.asarray(weights / weights.sum())


def log_probability(logits: Floats, token_id: int) -> float:
    """Natural logarithm of the probability of ``token_id``."""
    shifted = logits.astype(np.float64) - logits.max()
    return float(shifted[token_id] - np.log(np.exp(shifted).sum()))


def best(scores: Floats, num: int) -> list[int]:
    """The ``num`` ids of the highest ``scores``, highest first; of equals the lower id first.

    The ``num`` highest are not below the ``num`` highest among the peaks of groups: few are left to be sorted, and a
    whole vocabulary is gone through ten times faster than by numpy's partition. Groups lie across the rows, which is
    how numpy finds peaks fastest.
    """
    num = min(num, len(scores))
    if num == 0:
        return []
    num_groups, rest = divmod(len(scores), GROUP)
    peaks = scores[: num_groups * GROUP].reshape(GROUP, num_groups).max(axis=0)
    peaks = np.concatenate([peaks, scores[len(scores) - rest :]])
    least = np.partition(peaks, -num)[-num] if len(peaks) >= num else -np.inf
    candidates = np.flatnonzero(scores >= least)
    order = np.argsort(-scores[candidates], kind="stable")
    return [int(token_id) for token_id in candidates[order[:num]]]


def spread(survivors: Survivors, num_ids: int) -> Probabilities:
    """Probabilities among ``survivors``, 0 for all others."""
    probabilities = np.zeros(num_ids)
    if len(survivors.ids):
        probabilities[survivors.ids] = softmax(survivors.logits)
    return probabilities


def token_choice(
    logits: Floats, survivors: Survivors, token_id: int, num_others: int, token_bytes: TokenBytes
) -> TokenChoice:
    """The token that was drawn from ``survivors``, and the ``num_others`` that the model found likeliest beside it.

    Made for every token that is written: only those shown get a probability, and one pass sums the rest.
    """
    others = [other for other in best(logits, num_others + 1) if other != token_id][:num_others]
    ids = [token_id, *others]
    left = np.full(len(logits), -np.inf, logits.dtype)
    left[survivors.ids] = survivors.logits
    model, after = _shares(logits[ids], logits), _shares(left[ids], survivors.logits)
    chosen, *alternatives = _candidates(ids, model, after, token_bytes)
    return TokenChoice(chosen=chosen, alternatives=tuple(alternatives), entropy_bits=entropy_bits(logits))


def entropy_bits(logits: Floats) -> float:
    """Of the whole row, in 32 bits as ``_shares``."""
    shifted = np.maximum(logits - logits.max(), LEAST_SHIFT)  # nothing times minus infinity is no number
    weights = np.exp(shifted)
    total = weights.sum()
    return max(0.0, float((np.log(total) - np.dot(weights, shifted) / total) / np.log(2)))


def _shares(some: Floats, logits: Floats) -> list[float]:
    """Probabilities of ``some`` of the ``logits``; all are 0 where there are none."""
    if not len(logits):
        return [0.0] * len(some)
    peak = logits.max()
    weights = logits - peak
    total = np.exp(weights, out=weights).sum()  # in 32 bits: right to 1e-6, and three times faster than in 64
    return [float(share) for share in np.exp(some.astype(np.float64) - peak) / total]


def stage_view(
    name: str, model: Probabilities, survivors: Survivors, num_shown: int, token_bytes: TokenBytes
) -> StageView:
    """What one stage left. Shown are its best and the model's best, so that what was cut can be seen as cut."""
    after = spread(survivors, len(model))
    ids = sorted({*best(model, num_shown), *best(after, min(num_shown, len(survivors.ids)))})
    ids.sort(key=lambda token_id: (after[token_id], model[token_id]), reverse=True)
    return StageView(
        name=name,
        num_survivors=len(survivors.ids),
        mass=float(model[survivors.ids].sum()),
        candidates=_candidates(ids, model[ids], after[ids], token_bytes),
    )


def _candidates(
    ids: list[int], model: Iterable[float], after: Iterable[float], token_bytes: TokenBytes
) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            token_id=token_id,
            token_bytes=token_bytes(token_id),
            probability=float(probability),
            probability_after=float(probability_after),
        )
        for token_id, probability, probability_after in zip(ids, model, after, strict=True)
    )
