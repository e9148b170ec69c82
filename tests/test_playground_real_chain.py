"""The playground's chain over rows of the default model: as the engine looks, as the engine draws."""

from __future__ import annotations

import queue
from typing import Any

import numpy as np
import pytest

from models.engine.protocol import Event, Look, Looked, Prompt, Queued
from models.engine.supervisor import Supervisor
from models.next_token import NextTokenReader
from models.sampling import SamplingParams
from playground.chain import stages
from tests.chi_square import p_value
from tests.llama_chain import new_sampler
from tests.test_playground_chain import WAYS, assert_as_the_engine

OWNER = "olga"
TEXTS = [
    "The capital of France is Paris, and the capital of Spain is Madrid. The river that runs through",
    "Había una vez un dragón que no quería volar, porque le daban miedo las nubes y",
    "def add(a, b):\n    return a + b\n\n\ndef subtract(a, b):\n    return",
]


@pytest.fixture
def reader(engine: Supervisor) -> NextTokenReader:
    return NextTokenReader(engine)


@pytest.mark.parametrize("text", TEXTS)
async def test_a_chain_leaves_of_each_row_what_the_engine_leaves(reader: NextTokenReader, text: str) -> None:
    for end in range(1, len(text), 4):
        row = await reader.row(OWNER, text[:end])
        for way in WAYS[end % 3 :: 3]:
            assert_as_the_engine(row.logits, SamplingParams(**({"seed": 7} | way)), row.prompt_ids)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way) or "default")
async def test_a_chain_tells_what_looking_tells(
    engine: Supervisor, reader: NextTokenReader, way: dict[str, Any]
) -> None:
    sampling = SamplingParams(**({"seed": 7} | way))
    await reader.row(OWNER, TEXTS[1])
    row = await reader.row(OWNER, TEXTS[1])  # as looking will: the last token computed anew, the others from the cache
    results = stages(row.logits, row.prompt_ids, sampling)
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    engine.look(Look(id="", prompt=Prompt(text=TEXTS[1]), sampling=sampling, num_candidates=200), events.put)
    while isinstance(event := events.get(timeout=60), Queued):
        pass
    assert isinstance(event, Looked)
    assert [result.name for result in results] == [stage.name for stage in event.stages]
    for result, stage in zip(results, event.stages, strict=True):
        assert len(result.ids) == stage.num_survivors
        assert result.mass == pytest.approx(stage.mass, abs=1e-6)
        for candidate in stage.candidates:
            after = result.probabilities[candidate.token_id]
            assert after == pytest.approx(candidate.probability_after, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("way", [{"temperature": 1.2}, {"temperature": 2, "top_k": 0, "top_p": 0.9}])
async def test_twenty_thousand_draws_of_the_engine_fit_the_chain(reader: NextTokenReader, way: dict[str, Any]) -> None:
    sampling = SamplingParams(seed=3, **way)
    row = await reader.row(OWNER, TEXTS[0])
    sampler = new_sampler(len(row.logits), sampling)
    drawn = [sampler.draw(row.logits) for _ in range(20_000)]
    sampler.free()
    probabilities = stages(row.logits, row.prompt_ids, sampling)[-1].probabilities
    assert p_value(np.bincount(drawn, minlength=len(row.logits)), probabilities) > 0.001
