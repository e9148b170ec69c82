"""A token further, and a prompt looked at again, beside one bare ``llama_decode`` of one token after as long a text."""

from __future__ import annotations

import asyncio
import statistics
import time
from itertools import pairwise

from bench.answer import ContenderFailed
from bench.playground.setup import Setup
from bench.questions import chat, words
from playground.positions import PromptText

OWNER = "bench"
STEP_PROMPT = "The history of the lighthouse begins on a stormy night, when the keeper of the harbour"


def measure_steps(setup: Setup, round_index: int) -> None:
    """The likeliest token is appended, again and again; choosing it costs a kept row and is not counted."""
    raw_ms = raw_decode_ms(setup, STEP_PROMPT, setup.plan.steps)
    times = asyncio.run(_steps(setup, PromptText(f"{words(4, seed=round_index)}. {STEP_PROMPT}")))
    setup.record.add(ours__step_ms=statistics.median(times), raw__step_ms=raw_ms)


async def _steps(setup: Setup, prompt: PromptText) -> list[float]:
    playground, times = setup.playground(), []
    position = await playground.look(OWNER, prompt)
    for _ in range(setup.plan.steps):
        token_id = await playground.greedy(OWNER, position)
        started_at = time.perf_counter()
        position = await playground.step(OWNER, position, token_id)
        times.append(1_000 * (time.perf_counter() - started_at))
    return times


def measure_looks(setup: Setup, round_index: int) -> None:
    """A long prompt that the engine has read once; the rows that the Playground keeps are left out of it."""
    text = words(setup.plan.look_tokens, seed=round_index)
    raw_ms = raw_decode_ms(setup, text, setup.plan.looks + 1)
    times, num_tokens, num_cached = asyncio.run(_looks(setup, text))
    if num_cached < num_tokens - 1:
        raise ContenderFailed(f"ours: of {num_tokens} tokens that were read only {num_cached} were kept")
    setup.record.add(ours__look_ms=statistics.median(times), raw__look_ms=raw_ms, ours__look_tokens=num_tokens)


async def _looks(setup: Setup, text: str) -> tuple[list[float], int, int]:
    await setup.playground().look(OWNER, PromptText(text))
    times = []
    for _ in range(setup.plan.looks):
        playground = setup.playground()
        started_at = time.perf_counter()
        await playground.look(OWNER, PromptText(text))
        times.append(1_000 * (time.perf_counter() - started_at))
    row = await setup.reader.row(OWNER, text)
    return times, len(row.prompt_ids), row.num_cached


def raw_decode_ms(setup: Setup, text: str, num_decodes: int) -> float:
    """The median of as many decodes of one token each."""
    (answer,) = setup.raw.write([chat(text)], num_decodes + 1)
    return statistics.median(1_000 * (later - earlier) for earlier, later in pairwise(answer.piece_times))
