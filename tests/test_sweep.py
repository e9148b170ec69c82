"""A grid of texts over a scripted model, and over the real one: every cell has its settings and the same seed."""

from __future__ import annotations

import io
import math
import re
from contextlib import aclosing, redirect_stdout
from typing import Any

import pytest
from pydantic import ValidationError

from errors import EngineBusy, OptionInvalid, SweepSettingTwice
from models.engine.supervisor import Supervisor
from models.next_token import NextTokenReader
from models.sample_batch import SampleReader
from models.sampling import SamplingParams
from playground.experiments import Playground
from playground.exports import to_csv, to_python
from playground.panel_options import SweepOptions
from playground.permalinks import Experiment, from_fragment, to_fragment
from playground.positions import Position, PromptText
from playground.sweep import Sweep, SweepAsked, SweepExperiment, sweep_table, text_of
from playground.sweep_axes import SweepAxis
from playground.views import ModelFacts
from tests.scripted_rows import FACTS, ScriptedRows, token_ids
from tests.scripted_samples import ScriptedSamples

TEMPERATURE = SweepAxis(setting="temperature", values=(0.0, 1.0))
TOP_P = SweepAxis(setting="top_p", values=(0.5, 0.8, 1.0))
SAMPLING = SamplingParams(temperature=0.4, top_p=0.3, top_k=7, seed=5)


def asked(text: str = " the cat", **changes: Any) -> SweepAsked:
    told: dict[str, Any] = {"sampling": SAMPLING, "rows": TEMPERATURE, "columns": TOP_P, "max_tokens": 4}
    return SweepAsked(Position(PromptText(text)), **told | changes)


async def all_of(sampler: ScriptedSamples, what: SweepAsked) -> list[Sweep]:
    experiment = SweepExperiment(Playground(ScriptedRows(), lambda: FACTS), sampler)
    async with aclosing(experiment.run("ana", what)) as states:
        return [state async for state in states]


async def test_each_cell_has_its_two_settings_and_all_else_is_shared() -> None:
    sampler = ScriptedSamples()
    await all_of(sampler, asked())
    ((ids, samplings),) = sampler.asked
    assert ids == token_ids(" the cat")
    pairs = [(sampling.temperature, sampling.top_p) for sampling in samplings]
    assert pairs == [(0, 0.5), (0, 0.8), (0, 1), (1, 0.5), (1, 0.8), (1, 1)]
    assert {(one.top_k, one.seed, one.max_tokens) for one in samplings} == {(7, 5, 4)}


async def test_the_grid_fills_row_by_row_until_all_is_written() -> None:
    first, *_, last = await all_of(ScriptedSamples(num_slots=2), asked())
    assert (first.num_ended, first.is_whole, last.num_ended, last.is_whole) == (0, False, 6, True)
    assert [len(row) for row in last.cells] == [3, 3]
    assert last.cells[1][0] is last.texts[3]
    assert all(text_of(text) for text in last.texts)


async def test_those_that_wait_are_counted() -> None:
    states = await all_of(ScriptedSamples(num_slots=2), asked())
    assert max(state.num_queued for state in states) == 4
    assert states[-1].num_queued == 0


async def test_equal_texts_are_known() -> None:
    """The scripted model knows of temperature 0 only: one text for it, and one for the seed."""
    last = (await all_of(ScriptedSamples(), asked()))[-1]
    assert last.num_different == 2
    assert [last.twin(number) for number in range(6)] == [None, 0, 0, None, 3, 3]


async def test_leaving_stops_the_model() -> None:
    sampler = ScriptedSamples(is_held=True)
    experiment = SweepExperiment(Playground(ScriptedRows(), lambda: FACTS), sampler)
    async with aclosing(experiment.run("ana", asked())) as states:
        async for state in states:
            if all(text.tokens for text in state.texts):
                break
    assert sampler.num_closed == 1


async def test_what_the_model_refuses_is_raised() -> None:
    with pytest.raises(EngineBusy):
        await all_of(ScriptedSamples(error=EngineBusy()), asked())


async def test_a_grid_needs_two_settings() -> None:
    with pytest.raises(SweepSettingTwice):
        await all_of(ScriptedSamples(), asked(columns=TEMPERATURE))


@pytest.mark.parametrize("max_tokens", [0, 101])
async def test_lengths_have_limits(max_tokens: int) -> None:
    with pytest.raises(OptionInvalid):
        await all_of(ScriptedSamples(), asked(max_tokens=max_tokens))


@pytest.mark.parametrize("values", [(), (1, 2, 3, 4, 5), (1, 1), (-1,), (math.nan,), (math.inf,)], ids=str)
def test_an_axis_has_one_to_four_values_that_the_setting_can_have(values: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        SweepAxis(setting="temperature", values=values)


async def test_the_table_has_a_row_for_each_cell() -> None:
    last = (await all_of(ScriptedSamples(), asked()))[-1]
    table = sweep_table(last)
    assert [(row["temperature"], row["top_p"]) for row in table.rows][:2] == [(0, 0.5), (0, 0.8)]
    tokens = last.texts[0].tokens
    mean = sum(token.probability for token in tokens) / len(tokens)
    assert table.rows[0]["mean probability"] == pytest.approx(mean)
    assert table.rows[0]["distinct-1"] == len({token.token_id for token in tokens}) / len(tokens)
    assert table.summary == {"num_different": 2, "seed": 5}
    assert len(to_csv(table).splitlines()) >= 7


def experiment_of(**options: Any) -> Experiment:
    return Experiment(
        panel="sweep",
        model="local/m",
        fingerprint="f",
        text="The cat",
        sampling=SAMPLING,
        options=SweepOptions(**{"rows": TEMPERATURE, "columns": TOP_P, "max_tokens": 4} | options),
    )


def test_an_address_restores_the_axes() -> None:
    assert from_fragment(to_fragment(experiment_of())) == experiment_of()


async def test_the_program_prints_what_the_page_shows(float_engine: Supervisor) -> None:
    card = float_engine.wait()
    playground = Playground(NextTokenReader(float_engine), lambda: ModelFacts(card.name, card.context_tokens))
    greedy = SweepAxis(setting="temperature", values=(0.0,))
    what = asked("The capital of France is", rows=greedy)
    async with aclosing(SweepExperiment(playground, SampleReader(float_engine)).run("ana", what)) as states:
        shown = [state async for state in states][-1]
    assert shown.num_different == 1, "greedy cuts nothing"
    names: dict[str, Any] = {"__name__": "exported"}
    experiment = experiment_of(rows=greedy).model_copy(update={"text": "The capital of France is"})
    exec(compile(to_python(experiment), "experiment.py", "exec"), names)  # noqa: S102 - to run it is the point
    with redirect_stdout(io.StringIO()) as output:
        await names["experiment"](float_engine)
    printed = output.getvalue()
    assert re.findall(r"^temperature 0, top_p (\S+):", printed, re.MULTILINE) == ["0.5", "0.8", "1"]
    assert repr(text_of(shown.texts[0])) in printed
