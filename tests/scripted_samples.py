"""Samples of the scripted model of ``scripted_rows``: pure arithmetic, one token of each sample in turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from errors import TertuliaError
from models.next_token import Asked
from models.sample_batch import Alternative, SampledToken, SampleUpdate
from models.sampling import SamplingParams
from playground.measures import Distribution, best, entropy, softmax
from tests.scripted_rows import VOCABULARY, logits_after, token_ids


@dataclass
class ScriptedSamples:
    """Behaves as SampleReader does, with so many slots.

    ``error`` is raised after the first token of each; ``is_held`` lets nothing end. ``asked`` tells what was asked for,
    ``num_closed`` how often a run was left or ended.
    """

    num_slots: int = 9
    error: TertuliaError | None = None
    is_held: bool = False
    asked: list[tuple[tuple[int, ...], tuple[SamplingParams, ...]]] = field(default_factory=list)
    num_closed: int = 0

    async def run(
        self,
        owner: str,
        prompt: Asked,
        then_ids: Iterable[int],
        samplings: Sequence[SamplingParams],
        num_alternatives: int = 0,
    ) -> AsyncGenerator[SampleUpdate]:
        text = prompt if isinstance(prompt, str) else "".join(f"{turn.type}: {turn.text}\n" for turn in prompt)
        start = (*token_ids(text), *then_ids)
        self.asked.append((start, tuple(samplings)))
        written: dict[int, list[SampledToken]] = {index: [] for index in range(len(samplings))}
        try:
            while written:
                running = list(written)[: self.num_slots]
                for place, index in enumerate(list(written)[self.num_slots :], start=1):
                    yield SampleUpdate(index, place=place)
                for index in running:
                    update = _next(index, start, written[index], samplings[index], num_alternatives)
                    written[index] += update.tokens
                    yield update
                    if update.ended:
                        del written[index]
                if self.error is not None:
                    raise self.error
                await asyncio.sleep(0)
                if self.is_held:
                    await asyncio.Event().wait()
        finally:
            self.num_closed += 1


def _next(
    index: int, start: tuple[int, ...], written: list[SampledToken], sampling: SamplingParams, num_others: int
) -> SampleUpdate:
    """The next token, or the end that the model makes of it."""
    if len(written) == sampling.max_tokens:
        return SampleUpdate(index, ended="length", seed=sampling.seed)
    ids = (*start, *(token.token_id for token in written))
    model = softmax(logits_after(ids, len(VOCABULARY.token_bytes)))
    numbers = np.random.default_rng([sampling.seed or 0, len(written)])
    token_id = int(model.argmax()) if sampling.is_greedy else int(numbers.choice(len(model), p=model))
    if token_id in VOCABULARY.control_ids:
        return SampleUpdate(index, ended="stop", seed=sampling.seed)
    others = [int(other) for other in best(model, num_others + 1) if other != token_id][:num_others]
    after = 1.0 if sampling.is_greedy else float(model[token_id])
    token = SampledToken(
        token_id,
        VOCABULARY.token_bytes[token_id],
        float(model[token_id]),
        after,
        entropy(model),
        tuple(_alternative(other, model, sampling) for other in others),
    )
    return SampleUpdate(index, (token,))


def _alternative(token_id: int, model: Distribution, sampling: SamplingParams) -> Alternative:
    share = float(model[token_id])
    return Alternative(token_id, VOCABULARY.token_bytes[token_id], share, 0.0 if sampling.is_greedy else share)
