"""Numbers that people will see, checked by hand and by what must hold of any distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.engine.probabilities import (
    Floats,
    Survivors,
    best,
    log_probability,
    softmax,
    spread,
    stage_view,
    token_choice,
)

LOGITS = np.log(np.array([0.5, 0.25, 0.125, 0.125], np.float32))
ROWS = hnp.arrays(np.float32, st.integers(1, 50), elements=st.floats(-100, 100, width=32))


def name(token_id: int) -> bytes:
    return b"abcd"[token_id : token_id + 1]


def survivors_of(*ids: int) -> Survivors:
    return Survivors(np.array(ids, np.int32), LOGITS[list(ids)])


@given(ROWS)
def test_softmax_sums_to_one_and_keeps_the_order(logits: Floats) -> None:
    probabilities = softmax(logits)
    assert probabilities.sum() == pytest.approx(1)
    assert (probabilities >= 0).all()
    assert (np.diff(probabilities[np.argsort(logits)]) >= 0).all()


@given(ROWS, st.floats(-50, 50, width=32))
def test_log_probabilities_are_stable_and_do_not_depend_on_a_common_shift(logits: Floats, shift: float) -> None:
    every = [log_probability(logits, token_id) for token_id in range(len(logits))]
    assert np.exp(every).sum() == pytest.approx(1)
    assert all(math.isfinite(one) and one <= 1e-9 for one in every)
    shifted = [log_probability(logits.astype(np.float64) + shift, token_id) for token_id in range(len(logits))]
    assert shifted == pytest.approx(every, abs=1e-9)


def test_what_was_forbidden_has_no_probability() -> None:
    assert softmax(np.array([0.0, -math.inf])).tolist() == [1, 0]


@given(hnp.arrays(np.float64, st.integers(0, 30), elements=st.sampled_from([0.0, 0.1, 0.2, 0.5])), st.integers(0, 40))
def test_the_best_come_first_and_equals_in_the_order_of_ids(probabilities: Floats, num: int) -> None:
    everything = sorted(range(len(probabilities)), key=lambda token_id: (-probabilities[token_id], token_id))
    assert best(probabilities.astype(np.float64), num) == everything[:num]


def test_survivors_share_what_the_others_lost() -> None:
    assert spread(survivors_of(0, 1), 4) == pytest.approx([2 / 3, 1 / 3, 0, 0])
    assert spread(survivors_of(), 4).tolist() == [0, 0, 0, 0]


def test_a_choice_shows_the_likeliest_others() -> None:
    choice = token_choice(LOGITS, survivors_of(0, 1), 1, 2, name)
    assert (choice.chosen.token_id, choice.chosen.token_bytes) == (1, b"b")
    assert (choice.chosen.probability, choice.chosen.probability_after) == pytest.approx((0.25, 1 / 3))
    assert [other.token_id for other in choice.alternatives] == [0, 2]
    assert [other.probability_after for other in choice.alternatives] == pytest.approx([2 / 3, 0])  # cut, but shown


@pytest.mark.parametrize(("token_id", "num_others"), [(0, 0), (3, 1), (0, 3), (2, 10)])
def test_a_choice_never_shows_the_chosen_twice(token_id: int, num_others: int) -> None:
    choice = token_choice(LOGITS, survivors_of(0, 1, 2, 3), token_id, num_others, name)
    others = [other.token_id for other in choice.alternatives]
    assert len(others) == min(num_others, 3)
    assert token_id not in others
    assert choice.chosen.token_id == token_id


def test_a_stage_tells_what_it_left_and_shows_what_it_cut() -> None:
    model = softmax(LOGITS)
    view = stage_view("xtc", model, survivors_of(2, 3), 2, name)
    assert (view.name, view.num_survivors) == ("xtc", 2)
    assert view.mass == pytest.approx(0.25)
    assert [one.token_id for one in view.candidates] == [2, 3, 0, 1]
    assert [one.probability for one in view.candidates] == pytest.approx([0.125, 0.125, 0.5, 0.25])
    assert [one.probability_after for one in view.candidates] == pytest.approx([0.5, 0.5, 0, 0])


@given(st.integers(0, 2**32 - 1), st.integers(1, 5_000), st.integers(0, 60))
def test_a_choice_out_of_many_is_right_to_six_places(seed: int, num_ids: int, num_others: int) -> None:
    numbers = np.random.default_rng(seed)
    logits = (numbers.standard_normal(num_ids) * 8).astype(np.float32)
    ids = numbers.permutation(num_ids)[: max(1, num_ids // 3)].astype(np.int32)
    survivors = Survivors(ids, logits[ids] / np.float32(0.6))
    choice = token_choice(logits, survivors, int(ids[0]), num_others, lambda _: b"")
    model, after = softmax(logits), spread(survivors, num_ids)
    shown = [choice.chosen, *choice.alternatives]
    others = [token_id for token_id in best(model, num_others + 1) if token_id != ids[0]][:num_others]
    assert [one.token_id for one in shown[1:]] == others
    assert [one.probability for one in shown] == pytest.approx([model[one.token_id] for one in shown], rel=1e-6)
    assert [one.probability_after for one in shown] == pytest.approx([after[one.token_id] for one in shown], rel=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 500), st.integers(0, 90))
def test_the_best_of_many_are_found_whatever_group_they_are_in(seed: int, num_scores: int, num: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 40, num_scores).astype(np.float32)
    everything = sorted(range(num_scores), key=lambda token_id: (-scores[token_id], token_id))
    assert best(scores, num) == everything[:num]


def test_what_nothing_was_left_of_has_no_probability_after() -> None:
    assert token_choice(LOGITS, survivors_of(), 1, 1, name).chosen.probability_after == 0
