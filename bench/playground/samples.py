"""Eight samples of one prompt at once, as the Playground draws them, beside the same eight one after another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing

from bench.playground.setup import Setup
from models.sample_batch import SampleReader
from models.sampling import SamplingParams

OWNER = "bench"
PROMPT = "In a village by the sea there lived an old lighthouse keeper who"
NEVER = -100.0
NUM_ALTERNATIVES = 5


def measure_samples(setup: Setup, round_index: int) -> None:
    """None of them may end before the others, so that all are as long."""
    asyncio.run(_measure(setup, round_index))


async def _measure(setup: Setup, round_index: int) -> None:
    vocabulary = await setup.reader.vocabulary()
    never_ends = dict.fromkeys(vocabulary.control_ids, NEVER)
    samplings = [
        SamplingParams(max_tokens=setup.plan.sample_tokens, temperature=1.0, seed=seed, logit_bias=never_ends)
        for seed in range(setup.plan.samples)
    ]
    reader = SampleReader(setup.ours.supervisor)
    turns = [(f"in_turn {round_index}", [[one] for one in samplings]), (f"together {round_index}", [samplings])]
    for name, runs in turns if round_index % 2 else reversed(turns):
        rate = await _tokens_per_s(reader, f"{name}. {PROMPT}", runs)
        setup.record.add(**{f"{name.split()[0]}__tokens_per_s": rate})


async def _tokens_per_s(reader: SampleReader, prompt: str, runs: Sequence[Sequence[SamplingParams]]) -> float:
    """Reading the prompt included, which the first run alone has to."""
    started_at, num_tokens = time.perf_counter(), 0
    for samplings in runs:
        async with aclosing(reader.run(OWNER, prompt, (), samplings, NUM_ALTERNATIVES)) as updates:
            async for update in updates:
                num_tokens += len(update.tokens)
    return num_tokens / (time.perf_counter() - started_at)
