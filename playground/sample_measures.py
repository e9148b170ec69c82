"""What can be said of a text that was sampled, in a few numbers, and of several together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.sample_batch import SampledToken
from playground.texts import MOST_NATS


@dataclass(frozen=True)
class SampleMeasures:
    """Of one text by the model's own probabilities. None is what cannot be said of a text so short.

    ``log_probability`` is natural, of the whole; ``entropy_bits`` is the mean of the distributions drawn from.
    ``distinct_1`` and ``distinct_2`` are the shares of tokens, and of pairs of neighbours, that differ.
    """

    num_tokens: int
    log_probability: float
    mean_probability: float | None
    perplexity: float | None
    entropy_bits: float | None
    distinct_1: float | None
    distinct_2: float | None


def sample_measures(tokens: Sequence[SampledToken]) -> SampleMeasures:
    """Those of the text made of ``tokens``."""
    total, num = math.fsum(map(log_probability, tokens)), len(tokens)
    ids = [[token.token_id for token in tokens]]
    return SampleMeasures(
        num_tokens=num,
        log_probability=total,
        mean_probability=math.fsum(token.probability for token in tokens) / num if num else None,
        perplexity=math.exp(min(-total / num, MOST_NATS)) if num else None,
        entropy_bits=math.fsum(token.entropy_bits for token in tokens) / num if num else None,
        distinct_1=distinct(ids, 1),
        distinct_2=distinct(ids, 2),
    )


def log_probability(token: SampledToken) -> float:
    """Natural, of ``token`` where it stands. Never infinite: a bias can write what the model held for impossible."""
    return max(token.log_probability, -MOST_NATS)


def distinct(texts: Iterable[Sequence[int]], length: int) -> float | None:
    """Distinct-n of Li et al. (2016): how many different runs of ``length`` ids, as a share of all of them.

    Runs lie within one text. None where there is none.
    """
    runs = [tuple(ids[first : first + length]) for ids in texts for first in range(len(ids) - length + 1)]
    return len(set(runs)) / len(runs) if runs else None
