"""The Playground over a default model with one slot and a small window: what does not fit waits, or is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import PromptTooLong
from models.engine.protocol import EngineOptions
from models.engine.supervisor import Supervisor
from models.engine.worker_process import WorkerProcess
from models.next_token import NextTokenReader
from models.sample_batch import SampleReader
from models.sampling import SamplingParams
from playground.experiments import Playground
from playground.next_token import ChainSettings
from playground.positions import Position, PromptText
from playground.samples import SampleExperiment, Samples, SamplesAsked
from playground.views import ModelFacts
from settings import child_environment

ANA = "ana"
WINDOW = 256
SETTINGS = ChainSettings(SamplingParams())


@pytest.fixture(scope="module")
def narrow_engine(default_options: EngineOptions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """Room for one text at a time, and a short one."""
    options = default_options.model_copy(update={"context_tokens": WINDOW, "max_sequences": 1})
    folder: Path = tmp_path_factory.mktemp("narrow")
    supervisor = Supervisor(options, WorkerProcess(child_environment(), folder / "log"))
    supervisor.wait()
    yield supervisor
    supervisor.close()


@pytest.fixture
def playground(narrow_engine: Supervisor) -> Playground:
    return Playground(NextTokenReader(narrow_engine), lambda: ModelFacts("local/narrow", WINDOW))


async def samples(playground: Playground, engine: Supervisor, position: Position, num: int) -> list[Samples]:
    asked = SamplesAsked(position, SamplingParams(seed=1), num, 6)
    return [state async for state in SampleExperiment(playground, SampleReader(engine)).run(ANA, asked)]


async def test_eight_samples_with_one_slot_wait_for_each_other_and_are_all_written(
    playground: Playground, narrow_engine: Supervisor
) -> None:
    states = await samples(playground, narrow_engine, Position(PromptText("The capital of France is")), 8)
    assert max(text.place or 0 for state in states for text in state.texts) == 8
    assert len(states[-1].texts) == 9
    assert states[-1].is_whole


@pytest.mark.parametrize("text", ["🦩", "你好", "👨‍👩‍👧", "<|im_start|>user\n"])
async def test_what_is_many_tokens_is_stepped_through_token_by_token(
    playground: Playground, narrow_engine: Supervisor, text: str
) -> None:
    tokens = await NextTokenReader(narrow_engine).tokens(text)
    vocabulary = await playground.vocabulary()
    assert len(tokens) > 1
    assert vocabulary.control_ids.isdisjoint(token_id for token_id, _ in tokens)
    position = await playground.look(ANA, PromptText(""))
    for token_id, _ in tokens:
        position = await playground.step(ANA, position, token_id)
        assert (await playground.view(ANA, position, SETTINGS)).candidates
    assert b"".join(token.token_bytes for token in await playground.path(ANA, position)).decode() == text
    in_pieces = Position(PromptText(""), position.path[:1])
    assert (await samples(playground, narrow_engine, in_pieces, 1))[-1].is_whole


async def test_the_end_of_the_window_ends_a_text_and_is_told_of_a_step(
    playground: Playground, narrow_engine: Supervisor
) -> None:
    nearly_full = PromptText(" word" * (WINDOW - 3))
    (*_, last) = await samples(playground, narrow_engine, Position(nearly_full), 1)
    assert {text.ended for text in last.texts} <= {"length", "stop"}
    assert all(len(text.tokens) <= 3 for text in last.texts)
    position = await playground.look(ANA, nearly_full)
    for _ in range(2):
        position = await playground.step(ANA, position, await playground.greedy(ANA, position))
    token_id = await playground.greedy(ANA, position)
    with pytest.raises(PromptTooLong) as caught:
        await playground.step(ANA, position, token_id)
    assert caught.value.values == {"length": WINDOW, "limit": WINDOW - 1}
