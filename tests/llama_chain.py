"""llama.cpp's own samplers over any row of numbers, in any order: what the playground's chain is measured against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import llama_cpp

from models.engine.llama_candidates import Candidates
from models.engine.llama_sampler import Sampler
from models.engine.llama_vocabulary import Vocabulary
from models.engine.probabilities import Floats, Survivors
from models.sampling import SamplingParams


class BareVocabulary:
    """A vocabulary of ``size`` ids without a text."""

    suppressed_ids = ()
    pointer = None

    def __init__(self, size: int) -> None:
        self.size = size


def new_sampler(num_ids: int, sampling: SamplingParams, recent_ids: Sequence[int] = ()) -> Sampler:
    """The engine's own. Give it back with ``free``."""
    vocabulary = cast(Vocabulary, BareVocabulary(num_ids))
    return Sampler(vocabulary, Candidates(num_ids), sampling, tuple(recent_ids))


def engine_stages(
    logits: Floats, sampling: SamplingParams, recent_ids: Sequence[int] = ()
) -> list[tuple[str, Survivors]]:
    """What the engine's Look is made of."""
    sampler = new_sampler(len(logits), sampling, recent_ids)
    try:
        return list(sampler.look(logits))
    finally:
        sampler.free()


def stages_in_order(logits: Floats, samplers: Sequence[tuple[str, tuple[Any, ...]]]) -> Iterator[Survivors]:
    """What each of ``samplers`` leaves; they are named as in ``llama_sampler_init_NAME``, with its arguments."""
    candidates = Candidates(len(logits))
    candidates.fill(logits)
    for name, arguments in samplers:
        sampler = getattr(llama_cpp, f"llama_sampler_init_{name}")(*arguments)
        candidates.apply(sampler)
        llama_cpp.llama_sampler_free(sampler)
        yield candidates.survivors()
