"""The order in which a token's candidates are penalized, cut, warmed and drawn from: llama.cpp's own.

It is that of ``common_sampler_init`` in llama.cpp's ``common/sampling.cpp``: cut first, temperature last. Text books
warm first, which cuts other tokens. A grammar stands outside the chain (see ``models/engine/grammar.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from models.sampling import SamplingParams

MIN_KEPT = 1  # candidates that a cut must leave

Argument: TypeAlias = int | float | tuple[str, ...] | tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Stage:
    """One sampler of the chain; ``arguments`` are those of ``llama_sampler_init_NAME``, in its order.

    Left out is what only the loaded model can tell: its vocabulary and the vocabulary's size.
    """

    name: str
    arguments: tuple[Argument, ...] = ()


def stages(sampling: SamplingParams, suppressed_ids: Sequence[int] = ()) -> tuple[Stage, ...]:
    """The chain for ``sampling``, whose seed is set, and for ids that the model forbids. What is off is left out."""
    assert sampling.seed is not None or sampling.is_greedy, "the engine sets the seed"
    biases = sampling.logit_bias | dict.fromkeys(suppressed_ids, float("-inf"))
    first = [Stage("logit_bias", (tuple(sorted(biases.items())),))] if biases else []
    return (*first, *_chain(sampling))


def num_remembered(sampling: SamplingParams) -> int:
    """How many of the prompt's last ids the stages must be told of before the first draw."""
    if sampling.mirostat and not sampling.is_greedy:
        return 0
    penalties = sampling.penalty_last_n if sampling.has_penalties else 0
    return max(penalties, sampling.dry_penalty_last_n if sampling.has_dry else 0)


def _chain(sampling: SamplingParams) -> Iterator[Stage]:
    if sampling.is_greedy:
        yield from _penalties(sampling)
        yield Stage("greedy")
        return
    seed = sampling.seed or 0
    if sampling.mirostat:
        yield from _temperature(sampling)
        yield Stage("mirostat_v2", (seed, sampling.mirostat_tau, sampling.mirostat_eta))
        return
    yield from _penalties(sampling)
    yield from _cuts(sampling)
    yield from _temperature(sampling)
    yield Stage("dist", (seed,))


def _penalties(sampling: SamplingParams) -> Iterator[Stage]:
    if sampling.has_penalties:
        counts = (sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty)
        yield Stage("penalties", (sampling.penalty_last_n, *counts))
    if sampling.has_dry:
        strength = (sampling.dry_multiplier, sampling.dry_base, sampling.dry_allowed_length)
        yield Stage("dry", (*strength, sampling.dry_penalty_last_n, sampling.dry_sequence_breakers))


def _cuts(sampling: SamplingParams) -> Iterator[Stage]:
    if sampling.top_k:
        yield Stage("top_k", (sampling.top_k,))
    if sampling.typical_p < 1:
        yield Stage("typical", (sampling.typical_p, MIN_KEPT))
    if sampling.top_p < 1:
        yield Stage("top_p", (sampling.top_p, MIN_KEPT))
    if sampling.min_p:
        yield Stage("min_p", (sampling.min_p, MIN_KEPT))
    if sampling.has_xtc:
        yield Stage("xtc", (sampling.xtc_probability, sampling.xtc_threshold, MIN_KEPT, sampling.seed or 0))


def _temperature(sampling: SamplingParams) -> Iterator[Stage]:
    if sampling.dynatemp_range:
        yield Stage("temp_ext", (sampling.temperature, sampling.dynatemp_range, sampling.dynatemp_exponent))
    elif sampling.temperature != 1:
        yield Stage("temp", (sampling.temperature,))
