"""Samples of a prompt side by side: their settings, what they come to, and what is said of them in numbers."""

from __future__ import annotations

import json
import math
from contextlib import aclosing

import pytest
from pydantic import ValidationError

from errors import EngineDied, OptionInvalid, PathEnded, PathTooLong
from models.engine.supervisor import Supervisor
from models.next_token import NextTokenReader
from models.sample_batch import SampledToken, SampleReader
from models.sampling import SEED_LIMIT, SamplingParams
from playground.experiments import Playground
from playground.exports import to_csv, to_json, to_python
from playground.measures import softmax
from playground.panel_options import SamplesOptions
from playground.permalinks import Experiment
from playground.positions import MAX_STEPS, Position, PromptText
from playground.sample_measures import distinct, sample_measures
from playground.samples import SampledText, SampleExperiment, Samples, SamplesAsked, samples_table
from playground.views import ModelFacts
from tests.scripted_rows import END_ID, FACTS, VOCABULARY, ScriptedRows, logits_after, token_ids
from tests.scripted_samples import ScriptedSamples
from tests.test_sample_batch import ROUNDED

ANA = "ana"
PROMPT = Position(PromptText(" the cat"))
SETTINGS = SamplingParams(temperature=0.9, seed=11)


def token(probability: float, token_id: int = 1, bits: float = 0.0) -> SampledToken:
    return SampledToken(token_id, b"x", probability, probability, bits, ())


async def all_of(sampler: ScriptedSamples, asked: SamplesAsked) -> list[Samples]:
    experiment = SampleExperiment(Playground(ScriptedRows(), lambda: FACTS), sampler)
    async with aclosing(experiment.run(ANA, asked)) as states:
        return [state async for state in states]


async def test_the_first_text_is_the_likeliest_and_the_others_have_seeds_of_their_own() -> None:
    sampler = ScriptedSamples()
    states = await all_of(sampler, SamplesAsked(PROMPT, SETTINGS, num=3, max_tokens=4))
    ((start, samplings),) = sampler.asked
    assert start == token_ids(" the cat")
    assert [one.temperature for one in samplings] == [0.0, 0.9, 0.9, 0.9]
    assert [one.seed for one in samplings[1:]] == [11, 12, 13] == [text.seed for text in states[-1].drawn]
    greedy, ids = states[-1].texts[0], list(start)
    for written in greedy.tokens:
        row = logits_after(tuple(ids), len(VOCABULARY.token_bytes))
        assert written.token_id == row.argmax()
        assert written.probability == pytest.approx(softmax(row)[written.token_id])
        ids.append(written.token_id)
    assert greedy.seed is None
    assert states[-1].is_whole
    assert not states[0].is_whole
    assert sum(len(text.tokens) for text in states[0].texts) == 1, "nothing is shown before the model began"


async def test_seeds_begin_anew_after_the_last_one() -> None:
    last = SETTINGS.model_copy(update={"seed": SEED_LIMIT - 1})
    assert [one.seed for one in SamplesAsked(PROMPT, last, num=2).samplings[1:]] == [SEED_LIMIT - 1, 0]


@pytest.mark.parametrize(("num", "length"), [(0, 10), (9, 10), (4, 0), (4, 101)])
async def test_numbers_outside_the_limits_are_refused(num: int, length: int) -> None:
    with pytest.raises(OptionInvalid):
        await all_of(ScriptedSamples(), SamplesAsked(PROMPT, SETTINGS, num, length))


async def test_where_slots_are_few_the_others_wait_and_are_written_in_the_end() -> None:
    states = await all_of(ScriptedSamples(num_slots=1), SamplesAsked(PROMPT, SETTINGS, num=8, max_tokens=2))
    waiting = [text.place for text in states[-1].texts]
    assert waiting == [None] * 9
    assert any([text.place for text in state.texts] == [None, *range(1, 9)] for state in states)
    assert states[-1].is_whole


async def test_texts_that_were_written_come_back_with_their_numbers_and_none_is_drawn() -> None:
    sampler = ScriptedSamples()
    asked = SamplesAsked(PROMPT, SETTINGS, num=2, max_tokens=4)
    before = (await all_of(sampler, asked))[-1]
    ids = [[written.token_id for written in text.tokens] for text in before.texts]
    ids[1] = ids[1][:2]  # one that the model ended
    experiment = SampleExperiment(Playground(ScriptedRows(), lambda: FACTS), sampler)
    async with aclosing(experiment.replay(ANA, asked, ids)) as states:
        again = [state async for state in states][-1]
    assert len(sampler.asked) == 1
    assert [text.ended for text in again.texts] == ["length", "stop", "length"]
    for text, was, num in zip(again.texts, before.texts, map(len, ids), strict=True):
        assert [one.token_id for one in text.tokens] == [one.token_id for one in was.tokens[:num]]
        for one, other in zip(text.tokens, was.tokens, strict=False):
            assert one.probability == pytest.approx(other.probability)
            assert one.entropy_bits == pytest.approx(other.entropy_bits)
            assert [o.token_id for o in one.alternatives] == [o.token_id for o in other.alternatives]


@pytest.mark.parametrize("texts", [[[1]], [[1] * 31] * 5, [[-1]] * 5])
def test_texts_of_other_samples_are_no_options(texts: list[list[int]]) -> None:
    with pytest.raises(ValidationError):
        SamplesOptions.model_validate({"texts": texts})


async def test_who_leaves_stops_the_model() -> None:
    sampler = ScriptedSamples(is_held=True)
    experiment = SampleExperiment(Playground(ScriptedRows(), lambda: FACTS), sampler)
    async with aclosing(experiment.run(ANA, SamplesAsked(PROMPT, SETTINGS))) as states:
        async for state in states:
            if state.texts[-1].tokens:
                break
    assert sampler.num_closed == 1


async def test_what_the_model_fails_at_is_told() -> None:
    with pytest.raises(EngineDied):
        await all_of(ScriptedSamples(error=EngineDied()), SamplesAsked(PROMPT, SETTINGS))


async def test_texts_go_on_from_the_tokens_that_were_chosen() -> None:
    sampler, path = ScriptedSamples(), token_ids(" sat on")
    states = await all_of(sampler, SamplesAsked(Position(PROMPT.prompt, path), SETTINGS, num=1, max_tokens=1))
    assert sampler.asked[0][0] == token_ids(" the cat sat on")
    assert states[-1].path == (b" sat", b" on")


@pytest.mark.parametrize(
    ("path", "error"), [((END_ID,), PathEnded), ((300,), OptionInvalid), ((1,) * (MAX_STEPS + 1), PathTooLong)]
)
async def test_a_path_that_leads_nowhere_is_refused(path: tuple[int, ...], error: type[Exception]) -> None:
    sampler = ScriptedSamples()
    with pytest.raises(error):
        await all_of(sampler, SamplesAsked(Position(PROMPT.prompt, path), SETTINGS))
    assert sampler.asked == []


def test_measures_by_hand() -> None:
    measured = sample_measures([token(0.5, 1, 2.0), token(0.125, 2, 1.0), token(0.5, 1, 3.0), token(0.125, 2, 2.0)])
    assert measured.log_probability == pytest.approx(math.log(1 / 256))
    assert measured.mean_probability == pytest.approx(0.3125)
    assert measured.perplexity == pytest.approx(4)
    assert measured.entropy_bits == pytest.approx(2)
    assert (measured.distinct_1, measured.distinct_2) == (2 / 4, 2 / 3)


def test_of_a_text_that_ended_at_once_little_can_be_said() -> None:
    measured = sample_measures([])
    assert (measured.num_tokens, measured.log_probability) == (0, 0)
    assert {measured.mean_probability, measured.perplexity, measured.entropy_bits, measured.distinct_1} == {None}


def test_a_token_that_was_impossible_leaves_numbers() -> None:
    measured = sample_measures([token(0.0)])
    assert measured.perplexity is not None
    assert math.isfinite(measured.perplexity)


def test_pairs_do_not_reach_over_the_end_of_a_text() -> None:
    assert distinct([[1, 2], [1, 2]], 2) == 1 / 2
    assert distinct([[1], [2]], 2) is None


def samples_of(*texts: list[SampledToken]) -> Samples:
    asked = SamplesAsked(PROMPT, SETTINGS, num=len(texts) - 1)
    seeds = [None, *range(len(texts) - 1)]
    written = [SampledText(seed, tuple(text), "stop") for seed, text in zip(seeds, texts, strict=True)]
    return Samples(asked, (), tuple(written))


def test_equal_samples_count_once_and_the_likeliest_text_not_at_all() -> None:
    samples = samples_of([token(1, 9)], [token(1, 1)], [token(1, 1)], [token(1, 2)])
    assert samples.num_different == 2
    assert samples.distinct(1) == 2 / 3


def test_files_tell_every_token_and_are_no_formulas() -> None:
    formula = SampledToken(5, b"=1+1", 0.5, 1.0, 1.5, ())
    samples = samples_of([formula], [token(0.25), token(0.5)])
    table = samples_table(samples)
    csv = to_csv(table).splitlines()
    assert csv[0] == "sample,place,id,text,bytes,probability,probability when drawn,entropy in bits"
    assert csv[1].split(",")[3].strip('"').startswith("'=")
    assert len(csv) == 4
    experiment = Experiment(panel="samples", model="local/m", fingerprint="f", options=SamplesOptions())
    told = json.loads(to_json(experiment, table))
    assert told["experiment"]["options"] == {"kind": "samples", "num_samples": 4, "max_tokens": 30, "texts": []}
    assert told["texts"][1]["perplexity"] == pytest.approx(8**0.5)


def test_the_program_says_what_is_asked() -> None:
    options = SamplesOptions(num_samples=2, max_tokens=5)
    experiment = Experiment(
        panel="samples",
        model="local/m",
        fingerprint="f",
        text='"""\nx',
        path=(1, 2),
        sampling=SETTINGS,
        options=options,
    )
    program = to_python(experiment)
    compile(program, "experiment.py", "exec")
    assert "NUM_SAMPLES = 2" in program
    assert "MAX_TOKENS = 5" in program
    assert "PATH = (1, 2)" in program


async def test_samples_of_the_real_model_have_the_probabilities_of_their_rows(float_engine: Supervisor) -> None:
    card = float_engine.wait()
    playground = Playground(NextTokenReader(float_engine), lambda: ModelFacts(card.name, card.context_tokens))
    experiment = SampleExperiment(playground, SampleReader(float_engine))
    prompt = PromptText("The capital of France is")
    asked = SamplesAsked(Position(prompt), SETTINGS, num=3, max_tokens=5)
    async with aclosing(experiment.run(ANA, asked)) as states:
        samples = [state async for state in states][-1]
    for text in samples.texts:
        path = tuple(written.token_id for written in text.tokens)
        looked = await playground.path(ANA, Position(prompt, path))
        assert [one.token_bytes for one in looked] == [written.token_bytes for written in text.tokens]
        for one, written in zip(looked, text.tokens, strict=True):
            assert written.probability == pytest.approx(one.probability, abs=ROUNDED)
    greedy = samples.texts[0].tokens
    assert all(written.probability >= max(o.probability for o in written.alternatives) for written in greedy)
