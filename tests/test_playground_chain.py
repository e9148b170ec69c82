"""The playground's chain beside llama.cpp's: the same stages, the same survivors, the same probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.engine.probabilities import Survivors, softmax
from models.sampling import SamplingParams
from playground.chain import Order, StageResult, difference, draw, left_out, stages
from playground.measures import Logits
from tests.chi_square import p_value
from tests.llama_chain import engine_stages, new_sampler, stages_in_order

OFF: dict[str, Any] = {"seed": 1, "temperature": 1, "top_k": 0, "top_p": 1, "min_p": 0}
WAYS: list[dict[str, Any]] = [
    {},
    {"temperature": 1.3, "top_k": 0, "top_p": 0.999, "min_p": 0},
    {"temperature": 0.2, "top_k": 0, "top_p": 0.5, "min_p": 0.3},
    {"top_k": 0, "top_p": 1, "min_p": 0.001},
    {"top_k": 0, "typical_p": 0.9, "top_p": 0.9},
    {"top_k": 300, "typical_p": 0.2, "top_p": 1},
    {"repeat_penalty": 1.3, "presence_penalty": 0.4, "frequency_penalty": -0.2, "penalty_last_n": 20},
    {"repeat_penalty": 0.8, "top_k": 0, "typical_p": 0.7, "min_p": 0.02, "temperature": 1},
    {"dynatemp_range": 0.5, "top_k": 0, "dynatemp_exponent": 1.7},
    {"temperature": 0.3, "dynatemp_range": 0.5},
    {"xtc_probability": 1, "xtc_threshold": 0.02, "top_k": 0, "top_p": 0.97},
    {"logit_bias": {3: 5.0, 1: -100.0}, "top_k": 12},
    {"temperature": 0, "repeat_penalty": 2},
    {"temperature": 1.7},
]
ROWS = hnp.arrays(
    np.float32, st.integers(1, 60), elements=st.integers(-3_000, 3_000).map(lambda n: n / 100), unique=True
)


def random_row(seed: int, num_ids: int = 20_000) -> Logits:
    """Rows of models are of many shapes: from one sure token to a thousand likely ones."""
    numbers = np.random.default_rng(seed)
    row = numbers.standard_normal(num_ids) * numbers.uniform(1, 4) + numbers.uniform(-20, 20)
    row[numbers.integers(0, num_ids, 30)] += numbers.uniform(0, 15)
    return row.astype(np.float32)


def recent(seed: int, num_ids: int) -> list[int]:
    return np.random.default_rng(seed).integers(0, num_ids, 50).repeat(2).tolist()


def assert_same(result: StageResult, survivors: Survivors) -> None:
    np.testing.assert_array_equal(np.sort(result.ids), np.sort(survivors.ids), result.name)
    probabilities = softmax(survivors.logits)
    np.testing.assert_allclose(result.probabilities[survivors.ids], probabilities, atol=1e-6, err_msg=result.name)
    assert result.probabilities.sum() == pytest.approx(1)


def assert_as_the_engine(logits: Logits, sampling: SamplingParams, recent_ids: Sequence[int]) -> None:
    results = stages(logits, recent_ids, sampling)
    engines = engine_stages(logits, sampling, recent_ids)
    assert [result.name for result in results] == [name for name, _ in engines]
    for result, (_, survivors) in zip(results, engines, strict=True):
        assert_same(result, survivors)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way) or "default")
def test_a_chain_leaves_what_the_engine_leaves(way: dict[str, Any]) -> None:
    sampling = SamplingParams(**({"seed": 7} | way))
    for seed in range(12):
        logits = random_row(seed)
        assert_as_the_engine(logits, sampling, recent(seed, len(logits)))


@given(
    ROWS,
    st.fixed_dictionaries(
        {"seed": st.just(1)},
        optional={
            "temperature": st.sampled_from([0.0, 0.05, 1.0, 2.0]),
            "top_k": st.integers(0, 80),
            "top_p": st.floats(0.01, 1),
            "min_p": st.floats(0, 0.99),
            "typical_p": st.floats(0.01, 1),
            "presence_penalty": st.floats(-2, 2),
            "repeat_penalty": st.floats(0.5, 2),
        },
    ),
)
def test_a_chain_leaves_what_the_engine_leaves_of_few(logits: Logits, options: dict[str, Any]) -> None:
    assert_as_the_engine(
        logits, SamplingParams(**options), [token_id for token_id in (0, 0, 2) if token_id < len(logits)]
    )


@pytest.mark.parametrize("seed", range(20))
def test_the_text_books_order_is_the_same_stages_in_another_order(seed: int) -> None:
    sampling = SamplingParams(**OFF | {"temperature": 0.45 + seed / 10, "top_k": 500, "top_p": 0.95, "min_p": 0.01})
    sampling = sampling.model_copy(update={"typical_p": 0.8})
    logits = random_row(seed)
    _, *results = stages(logits, (), sampling, Order.TEXTBOOK)
    assert [result.name for result in results] == ["temp", "top_k", "top_p", "min_p", "typical"]
    arguments = [(sampling.temperature,), (500,), (0.95, 1), (0.01, 1), (0.8, 1)]
    names = [result.name for result in results]
    for result, survivors in zip(
        results, stages_in_order(logits, list(zip(names, arguments, strict=True))), strict=True
    ):
        assert_same(result, survivors)


@pytest.mark.parametrize("way", [{"top_k": 3}, {"top_p": 0.5}, {"typical_p": 0.5}, {"min_p": 0.9}, {"temperature": 0}])
def test_of_equals_as_many_stay_as_in_the_engine_and_the_lower_ids(way: dict[str, Any]) -> None:
    logits = np.ones(64, np.float32)
    sampling = SamplingParams(**OFF | way)
    left = stages(logits, (), sampling)[-1].ids.tolist()
    engines = engine_stages(logits, sampling)[-1][1]
    assert sorted(left) == list(range(len(engines.ids)))


@pytest.mark.parametrize(
    ("options", "num_left"),
    [
        ({}, 5),
        ({"top_k": 5}, 5),
        ({"top_k": 100}, 5),
        ({"top_k": 1}, 1),
        ({"top_p": 0.01}, 1),
        ({"min_p": 0.999}, 1),
        ({"typical_p": 0.01}, 1),
        ({"temperature": 0}, 1),
        ({"temperature": 0, "top_k": 3, "top_p": 0.9}, 1),
    ],
)
@pytest.mark.parametrize("order", Order)
def test_at_the_edges_at_least_one_stays(options: dict[str, Any], num_left: int, order: Order) -> None:
    logits = np.array([1, 3, 2, -5, 0], np.float32)
    results = stages(logits, (), SamplingParams(**OFF | options), order)
    assert len(results[-1].ids) == num_left
    if num_left == 1:
        assert results[-1].probabilities.max() == 1
        assert (results[-1].bits, results[-1].effective_number) == (0, 1)


@pytest.mark.parametrize("order", Order)
def test_what_is_off_is_no_stage_and_greedy_cuts_nothing_before(order: Order) -> None:
    logits = random_row(0, 50)
    assert [stage.name for stage in stages(logits, (), SamplingParams(**OFF), order)] == ["model"]
    greedy = SamplingParams(temperature=0, top_k=4, repeat_penalty=1.1)
    assert [stage.name for stage in stages(logits, (), greedy, order)] == ["model", "penalties", "greedy"]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way) or "default")
@pytest.mark.parametrize("order", Order)
def test_one_candidate_stays_whatever_is_asked(way: dict[str, Any], order: Order) -> None:
    result = stages(np.zeros(1, np.float32), (0,), SamplingParams(**way), order)[-1]
    assert result.ids.tolist() == [0]
    assert result.probabilities.tolist() == [1]


def test_what_the_model_forbids_never_comes_back() -> None:
    logits = random_row(1, 500)
    logits[::2] = -math.inf
    for way in WAYS:
        for order in Order:
            for result in stages(logits, (), SamplingParams(**way), order):
                assert (result.ids % 2 == 1).all()
                assert result.probabilities.sum() == pytest.approx(1)


def test_typical_cuts_what_cannot_come_and_not_just_anything() -> None:
    logits = np.array([0, -1, -2, -500], np.float32)
    assert sorted(stages(logits, (), SamplingParams(**OFF | {"typical_p": 0.99}))[-1].ids.tolist()) == [0, 1, 2]


def test_only_the_latest_tokens_are_penalized() -> None:
    logits = np.zeros(4, np.float32)
    sampling = SamplingParams(**OFF | {"presence_penalty": 1, "penalty_last_n": 2})
    _, penalized = stages(logits, (0, 1, 1, 2), sampling)
    weights = np.exp([0.0, -1, -1, 0])
    assert penalized.probabilities == pytest.approx(weights / weights.sum())


def test_both_sides_of_xtcs_coin_weigh_in() -> None:
    logits = random_row(3, 2_000)
    options = OFF | {"top_p": 0.99, "temperature": 0.7, "xtc_threshold": 0.01}
    untouched = stages(logits, (), SamplingParams(**options))[-1]
    removed = stages(logits, (), SamplingParams(**options, xtc_probability=1))[-1]
    *_, xtc, last = stages(logits, (), SamplingParams(**options, xtc_probability=0.3))
    assert last.probabilities == pytest.approx(0.7 * untouched.probabilities + 0.3 * removed.probabilities)
    assert set(xtc.at_risk.tolist()) == set(untouched.ids.tolist()) - set(removed.ids.tolist()) != set()
    assert set(last.ids.tolist()) == set(untouched.ids.tolist())


def test_where_xtc_has_nothing_to_remove_nothing_is_at_risk() -> None:
    logits = np.array([10, 0, 0], np.float32)
    (*_, xtc) = stages(logits, (), SamplingParams(**OFF | {"xtc_probability": 0.5, "xtc_threshold": 0.2}))
    assert xtc.at_risk.tolist() == []
    assert len(xtc.ids) == 3


def test_measures_follow_the_cuts() -> None:
    logits = np.log(np.array([0.5, 0.25, 0.125, 0.125], np.float32))
    model, top_k = stages(logits, (), SamplingParams(**OFF | {"top_k": 2}))
    assert (model.mass, model.bits, model.effective_number) == pytest.approx((1, 1.75, 2**1.75))
    assert top_k.mass == pytest.approx(0.75)
    assert top_k.probabilities == pytest.approx([2 / 3, 1 / 3, 0, 0])
    assert top_k.bits == pytest.approx(math.log2(3) - 2 / 3)


@given(ROWS, st.integers(0, 100))
def test_a_draw_is_one_of_those_left_and_the_same_again(logits: Logits, seed: int) -> None:
    results = stages(logits, (), SamplingParams(seed=1, temperature=1.5))
    drawn = draw(results, np.random.default_rng(seed), 20)
    assert set(drawn.tolist()) <= set(results[-1].ids.tolist())
    assert drawn.tolist() == draw(results, np.random.default_rng(seed), 20).tolist()


def test_warming_first_lets_other_candidates_through() -> None:
    logits = np.log(np.array([0.6, 0.25, 0.1, 0.05], np.float32))
    sampling = SamplingParams(**OFF | {"temperature": 3, "top_p": 0.8})
    engine, textbook = (stages(logits, (), sampling, order) for order in Order)
    found = difference(engine, textbook)
    assert found.only_first.tolist() == []
    assert found.only_second.tolist() == [2]
    assert found.total_variation == pytest.approx(textbook[-1].probabilities[2])
    nothing = difference(engine, engine)
    assert (len(nothing.only_first), len(nothing.only_second), nothing.total_variation) == (0, 0, 0)


def test_what_has_no_stage_is_said() -> None:
    assert left_out(SamplingParams()) == ()
    assert left_out(SamplingParams(dry_multiplier=1, grammar='root ::= "a"')) == ("dry", "grammar")
    assert left_out(SamplingParams(mirostat=2)) == ("mirostat",)


@pytest.mark.parametrize("way", [{"temperature": 1.2, "top_k": 0}, {"xtc_probability": 0.4, "xtc_threshold": 0.05}])
def test_the_engine_draws_what_the_chain_says(way: dict[str, Any]) -> None:
    sampling = SamplingParams(seed=11, **way)
    logits = random_row(5, 1_000)
    sampler = new_sampler(len(logits), sampling)
    drawn = [sampler.draw(logits) for _ in range(20_000)]
    sampler.free()
    result = stages(logits, (), sampling)[-1]
    assert p_value(np.bincount(drawn, minlength=len(logits)), result.probabilities) > 0.001
    without_temperature = stages(logits, (), sampling.model_copy(update={"temperature": 1}))[-1]
    assert p_value(np.bincount(drawn, minlength=len(logits)), without_temperature.probabilities) < 0.001, "it can tell"
