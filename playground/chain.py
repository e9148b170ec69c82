"""The sampler chain stage by stage over one row of logits, without the model: what a slider moves in milliseconds.

The engine's order is llama.cpp's (``models/engine/sampler_stages.py``): cut first, temperature last. The text books'
is that of Hugging Face's ``generate``: temperature first, so that the cuts fall elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import TypeAlias

import numpy as np

from models.sampling import SamplingParams
from playground import cuts
from playground.cuts import Candidates
from playground.measures import (
    Distribution,
    Ids,
    Logits,
    distribution,
    effective_number,
    entropy,
    softmax,
    total_variation,
)


class Order(Enum):
    """When the temperature is applied."""

    ENGINE = "engine"
    TEXTBOOK = "textbook"


@dataclass(frozen=True, eq=False)
class StageResult:
    """What one stage leaves; ``name`` is llama.cpp's, the first is ``model``, and what is off is no stage.

    ``ids`` are those that may still be drawn, in any order, ``logits`` theirs, and ``mass`` is the model's probability
    of them. ``probabilities`` has one for every id of the vocabulary; ``bits`` is their entropy.

    XTC tosses a coin. Probabilities from it on weigh both outcomes, so they are those that a draw follows; ``at_risk``
    are the ids it removes when the coin falls so, with ``xtc_probability``. They are gone for certain only at 1.
    """

    name: str
    ids: Ids
    logits: Logits
    probabilities: Distribution
    mass: float
    bits: float
    effective_number: float
    at_risk: Ids = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, eq=False)
class Difference:
    """Of two orders: which candidates only one of them keeps, and how far apart their distributions are (0 to 1)."""

    only_first: Ids
    only_second: Ids
    total_variation: float


@dataclass(frozen=True, eq=False)
class _Outcome:
    """What may be left, and how likely it comes to that."""

    share: float
    left: Candidates


_Change: TypeAlias = Callable[[Candidates], Candidates]


def stages(
    logits: Logits, recent_ids: Sequence[int], sampling: SamplingParams, order: Order = Order.ENGINE
) -> tuple[StageResult, ...]:
    """Every stage from the model on; drawing from the last one is what the engine does.

    ``recent_ids`` are the tokens before, the latest last. What ``left_out`` names has no stage here.
    """
    outcomes = [_Outcome(1.0, Candidates.of(logits))]
    model = softmax(logits)
    results = [_result("model", outcomes, model)]
    for name, change in _changes(recent_ids, sampling, order):
        before = outcomes
        outcomes = [_Outcome(outcome.share, change(outcome.left)) for outcome in before]
        at_risk = np.zeros(0, np.int64)
        if name == "xtc":
            at_risk = _without(before[0].left.ids, outcomes[0].left.ids, len(model))
            outcomes = _tossed(before[0].left, outcomes[0].left, sampling.xtc_probability)
        results.append(_result(name, outcomes, model, at_risk))
    return tuple(results)


def left_out(sampling: SamplingParams) -> tuple[str, ...]:
    """The options of ``sampling`` that the engine follows and ``stages`` does not show.

    DRY needs the vocabulary's texts, mirostat what was drawn before, a grammar what it has read so far.
    """
    options = {
        "dry": sampling.has_dry,
        "mirostat": bool(sampling.mirostat),
        "grammar": sampling.grammar is not None or sampling.json_schema is not None,
    }
    return tuple(name for name, is_on in options.items() if is_on)


def draw(results: Sequence[StageResult], numbers: np.random.Generator, num: int = 1) -> Ids:
    """``num`` independent draws of a next token. Of the distribution of the engine, not of its random numbers."""
    last = results[-1]
    ids = np.sort(last.ids)  # the same numbers draw the same tokens, however the stages left them
    shares = last.probabilities[ids]
    return numbers.choice(ids, size=num, p=shares / shares.sum())


def difference(first: Sequence[StageResult], second: Sequence[StageResult]) -> Difference:
    """What becomes of the same row in two orders, at their ends."""
    one, other = first[-1], second[-1]
    return Difference(
        only_first=_without(one.ids, other.ids, len(one.probabilities)),
        only_second=_without(other.ids, one.ids, len(one.probabilities)),
        total_variation=total_variation(one.probabilities, other.probabilities),
    )


def _without(ids: Ids, others: Ids, num_ids: int) -> Ids:
    """In ascending order. numpy's own difference of sets sorts both, which takes ten times as long."""
    is_left = np.zeros(num_ids, np.bool_)
    is_left[ids] = True
    is_left[others] = False
    return np.flatnonzero(is_left)


def _changes(recent_ids: Sequence[int], sampling: SamplingParams, order: Order) -> Iterator[tuple[str, _Change]]:
    if sampling.logit_bias:
        yield "logit_bias", partial(cuts.add_biases, biases=sampling.logit_bias)
    if sampling.has_penalties:
        yield "penalties", partial(cuts.penalize, recent_ids=recent_ids, sampling=sampling)
    if sampling.is_greedy:
        yield "greedy", cuts.keep_greedy
        return
    if sampling.mirostat:
        yield from _temperature(sampling)
        return
    chosen = dict(_cuts(sampling))
    if order is Order.TEXTBOOK:
        yield from _temperature(sampling)
        yield from ((name, chosen[name]) for name in ("top_k", "top_p", "min_p", "typical", "xtc") if name in chosen)
    else:
        yield from ((name, chosen[name]) for name in ("top_k", "typical", "top_p", "min_p", "xtc") if name in chosen)
        yield from _temperature(sampling)


def _cuts(sampling: SamplingParams) -> Iterator[tuple[str, _Change]]:
    if sampling.top_k:
        yield "top_k", partial(cuts.keep_top_k, num=sampling.top_k)
    if sampling.top_p < 1:
        yield "top_p", partial(cuts.keep_top_p, share=sampling.top_p)
    if sampling.min_p:
        yield "min_p", partial(cuts.keep_min_p, share=sampling.min_p)
    if sampling.typical_p < 1:
        yield "typical", partial(cuts.keep_typical, share=sampling.typical_p)
    if sampling.has_xtc:
        yield "xtc", partial(cuts.without_top_choices, threshold=sampling.xtc_threshold)


def _temperature(sampling: SamplingParams) -> Iterator[tuple[str, _Change]]:
    if sampling.dynatemp_range:
        yield "temp_ext", partial(cuts.warm_by_entropy, sampling=sampling)
    elif sampling.temperature != 1:
        yield "temp", partial(cuts.warm, temperature=sampling.temperature)


def _tossed(kept: Candidates, removed: Candidates, probability: float) -> list[_Outcome]:
    """Both sides of XTC's coin, without one that cannot come up."""
    if removed is kept or probability == 1:
        return [_Outcome(1.0, removed)]
    return [_Outcome(1 - probability, kept), _Outcome(probability, removed)]


def _result(name: str, outcomes: Sequence[_Outcome], model: Distribution, at_risk: Ids | None = None) -> StageResult:
    probabilities, bits = _weighed(outcomes, len(model))
    largest = max((outcome.left for outcome in outcomes), key=lambda left: len(left.ids))  # the others are part of it
    ids, logits = largest.ids, largest.logits
    is_possible = np.isfinite(logits)
    if not is_possible.all():
        ids, logits = ids[is_possible], logits[is_possible]
    return StageResult(
        name=name,
        ids=ids,
        logits=logits,
        probabilities=probabilities,
        mass=1.0 if len(ids) == len(model) else float(model[ids].sum()),
        bits=bits,
        effective_number=effective_number(bits),
        at_risk=np.zeros(0, np.int64) if at_risk is None else at_risk,
    )


def _weighed(outcomes: Sequence[_Outcome], num_ids: int) -> tuple[Distribution, float]:
    """The probabilities over the whole vocabulary, and their entropy."""
    probabilities, bits = np.zeros(num_ids), 0.0
    for outcome in outcomes:
        shares, bits = distribution(outcome.left.logits)
        if outcome.left.is_whole:
            probabilities += outcome.share * shares
        else:
            probabilities[outcome.left.ids] += outcome.share * shares
    return probabilities, bits if len(outcomes) == 1 else entropy(probabilities)
