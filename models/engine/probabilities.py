"""From one row of logits to what people may see: probabilities before and after the sampler chain. Pure numpy.

``logits`` and ``probabilities`` have one number for each id of the vocabulary; ``ids`` are those that survived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.engine.distribution import Candidate, StageView, TokenChoice

Floats: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Probabilities: TypeAlias = npt.NDArray[np.float64]
Ids: TypeAlias = npt.NDArray[np.int32]
TokenBytes: TypeAlias = Callable[[int], bytes]


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


def best(probabilities: Probabilities, num: int) -> list[int]:
    """The ``num`` likeliest ids, likeliest first; of equals the lower id first."""
    num = min(num, len(probabilities))
    if num == 0:
        return []
    least = np.partition(probabilities, -num)[-num]
    candidates = np.flatnonzero(probabilities >= least)
    order = np.argsort(-probabilities[candidates], kind="stable")
    return [int(token_id) for token_id in candidates[order[:num]]]


def spread(survivors: Survivors, num_ids: int) -> Probabilities:
    """Probabilities among ``survivors``, 0 for all others."""
    probabilities = np.zeros(num_ids)
    if len(survivors.ids):
        probabilities[survivors.ids] = softmax(survivors.logits)
    return probabilities


def token_choice(
    model: Probabilities, after: Probabilities, token_id: int, num_others: int, token_bytes: TokenBytes
) -> TokenChoice:
    """The token that was drawn, and the ``num_others`` that the model found likeliest beside it."""
    others = [other for other in best(model, num_others + 1) if other != token_id][:num_others]
    chosen, *alternatives = _candidates([token_id, *others], model, after, token_bytes)
    return TokenChoice(chosen=chosen, alternatives=tuple(alternatives))


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
        candidates=_candidates(ids, model, after, token_bytes),
    )


def _candidates(
    ids: list[int], model: Probabilities, after: Probabilities, token_bytes: TokenBytes
) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            token_id=token_id,
            token_bytes=token_bytes(token_id),
            probability=float(model[token_id]),
            probability_after=float(after[token_id]),
        )
        for token_id in ids
    )
