"""n-grams and the model after one beginning: as many words from either, no more of a text than is counted."""

from __future__ import annotations

from contextlib import aclosing
from itertools import pairwise

import pytest

from errors import TrainingTextMissing
from models.engine.supervisor import Supervisor
from models.sample_batch import SampleReader
from playground.ngram_comparison import (
    MAX_HALVES,
    Beginning,
    Counting,
    ModelHalf,
    ModelHalves,
    text_of,
    written_by_model,
)
from playground.ngrams import MAX_TRAINING_CHARACTERS, words_of
from playground.panel_options import NgramsOptions
from playground.samples import Sampler
from tests.scripted_samples import ScriptedSamples

BEGINNING = Beginning(" the cat", 7)


async def written(sampler: Sampler, num_words: int) -> list[str]:
    """Each longer than the one before."""
    beginning = Beginning("Alice was", 7)
    async with aclosing(written_by_model(sampler, "ana", beginning, num_words)) as states:
        return [text_of(tokens) async for tokens in states]


async def test_the_model_is_stopped_once_the_words_are_there() -> None:
    sampler = ScriptedSamples()
    states = await written(sampler, 3)
    assert [len(words_of(state)) for state in states][-1] <= 3
    assert sampler.num_closed == 1


async def test_the_real_model_writes_as_many_words(engine: Supervisor) -> None:
    sampler = SampleReader(engine)
    states = await written(sampler, 12)
    assert len(words_of(states[-1])) == 12
    assert all(later.startswith(state) for state, later in pairwise(states))


def test_no_more_than_the_limit_is_counted() -> None:
    training = "la casa " * (MAX_TRAINING_CHARACTERS // 8) + " azul"
    counting = Counting(training, NgramsOptions(n=2))
    half = counting.go_on(Beginning("la casa", 1))
    assert half.facts.num_words == MAX_TRAINING_CHARACTERS // 4
    assert counting.compare(half, ModelHalf()).is_cut
    assert not Counting("la casa", NgramsOptions()).compare(half, ModelHalf()).is_cut


def test_a_text_without_words_is_none() -> None:
    with pytest.raises(TrainingTextMissing):
        Counting(" \n ", NgramsOptions())


def test_what_the_model_said_is_known_for_a_while_and_to_its_owner() -> None:
    halves, half = ModelHalves(), ModelHalf(tokens=())
    halves.keep("ana", "model", BEGINNING, 5, half)
    assert halves.get("ana", "model", BEGINNING, 5) is half
    others = [("eva", "model", BEGINNING, 5), ("ana", "other", BEGINNING, 5), ("ana", "model", BEGINNING, 6)]
    assert [halves.get(*other) for other in others] == [None, None, None]
    for seed in range(MAX_HALVES):
        halves.keep("ana", "model", Beginning("", seed), 5, half)
    assert halves.get("ana", "model", BEGINNING, 5) is None
