"""Strengths from choices: known results, truths that are found again, and what no data can break."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.bradley_terry import Choices, Strengths, estimate

# American League 1987, wins of the team of a row over that of a column: A. Agresti, "Categorical Data Analysis"
# (3rd edition, 2013), section 11.6. The abilities are those of the R package BradleyTerry2, Baltimore at 0.
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
WINS = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ]
)
ABILITIES = (1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0.0)
ERRORS = (0.3433, 0.3396, 0.3367, 0.3359, 0.3339, 0.3319, 0.0)


def pair(first: int, second: int, *chosen: float) -> Choices:
    return Choices(np.array([first, second]), np.array(chosen, dtype=np.float64))


def pairs_of(wins: np.ndarray) -> list[Choices]:
    num = len(wins)
    return [
        pair(first, second, wins[first, second], wins[second, first])
        for first in range(num)
        for second in range(first + 1, num)
    ]


def log_likelihood(values: np.ndarray, choices: list[Choices]) -> float:
    """Straight from the definition."""
    total = 0.0
    for one in choices:
        powers = np.exp(values[one.items])
        total += float(one.chosen @ np.log(powers / powers.sum()))
    return total


def test_published_abilities_and_their_errors_are_found() -> None:
    strengths = estimate(len(TEAMS), pairs_of(WINS))
    assert not strengths.is_provisional
    assert strengths.values - strengths.values[-1] == pytest.approx(ABILITIES, abs=1e-3)
    errors = [strengths.error_of_difference(team, 6) for team in range(7)]
    assert errors == pytest.approx(ERRORS, abs=1e-3)


def test_two_items_have_the_odds_of_their_choices() -> None:
    strengths = estimate(2, [pair(0, 1, 30, 10)])
    assert strengths.values[0] - strengths.values[1] == pytest.approx(np.log(3))
    assert strengths.error_of_difference(0, 1) == pytest.approx(np.sqrt(1 / 30 + 1 / 10))


def test_a_choice_among_three_is_one_choice() -> None:
    strengths = estimate(3, [Choices(np.array([0, 1, 2]), np.array([20.0, 30.0, 50.0]))])
    shares = np.exp(strengths.values) / np.exp(strengths.values).sum()
    assert shares == pytest.approx([0.2, 0.3, 0.5])


@pytest.mark.parametrize(
    ("num_items", "choices"),
    [
        pytest.param(2, [pair(0, 1, 5, 0)], id="one has only won"),
        pytest.param(4, [pair(0, 1, 5, 5), pair(2, 3, 5, 5)], id="two never met the others"),
        pytest.param(3, [pair(0, 1, 3, 3), pair(1, 2, 4, 0)], id="one has only lost"),
    ],
)
def test_choices_without_a_maximum_are_said_to_be(num_items: int, choices: list[Choices]) -> None:
    strengths = estimate(num_items, choices)
    assert strengths.is_provisional
    assert np.isfinite(strengths.values).all()
    assert (strengths.errors > 0).all()


def test_who_only_won_stands_first_and_more_wins_raise_it() -> None:
    few, many = (estimate(2, [pair(0, 1, wins, 0)]).values for wins in (2, 20))
    assert 0 < few[0] < many[0]


CHOICES = st.integers(2, 6).flatmap(
    lambda num: st.tuples(
        st.just(num),
        st.lists(
            st.lists(st.integers(0, num - 1), min_size=2, max_size=4, unique=True).flatmap(
                lambda items: st.lists(st.integers(0, 40).map(float), min_size=len(items), max_size=len(items)).map(
                    lambda chosen: Choices(np.array(items), np.array(chosen))
                )
            ),
            min_size=1,
            max_size=8,
        ),
    )
)


@given(CHOICES, st.integers(0, 2**32 - 1))
def test_no_other_strengths_make_the_choices_likelier(drawn: tuple[int, list[Choices]], seed: int) -> None:
    num_items, choices = drawn
    strengths = estimate(num_items, choices)
    assert np.isfinite(strengths.values).all()
    assert np.isfinite(strengths.covariance).all()
    assert strengths.values.sum() == pytest.approx(0, abs=1e-8)
    if not strengths.is_provisional:
        best = log_likelihood(strengths.values, choices)
        for size in (1e-3, 0.1, 2.0):
            other = strengths.values + size * np.random.default_rng(seed).normal(size=num_items)
            assert log_likelihood(other, choices) <= best + 1e-9 * abs(best)


@given(CHOICES, st.integers(0, 2**32 - 1))
def test_the_order_of_items_does_not_matter(drawn: tuple[int, list[Choices]], seed: int) -> None:
    num_items, choices = drawn
    places = np.random.default_rng(seed).permutation(num_items)
    moved = [Choices(places[one.items], one.chosen) for one in choices]
    before, after = estimate(num_items, choices), estimate(num_items, moved)
    assert before.is_provisional == after.is_provisional
    assert after.values[places] == pytest.approx(before.values, abs=1e-6)


def test_the_truth_lies_within_the_errors_as_often_as_they_say() -> None:
    truth = np.array([0.8, 0.3, 0.0, -0.3, -0.8])
    numbers = np.random.default_rng(20_260)
    hits = [
        np.abs(found.values - truth) < 1.959964 * found.errors
        for found in (simulated(truth, numbers) for _ in range(200))
    ]
    assert 0.93 < np.mean(hits) < 0.97


def simulated(truth: np.ndarray, numbers: np.random.Generator) -> Strengths:
    """What is found from 30 choices between each two."""
    wins = np.zeros((len(truth), len(truth)))
    for first in range(len(truth)):
        for second in range(first + 1, len(truth)):
            wins[first, second] = numbers.binomial(30, 1 / (1 + np.exp(truth[second] - truth[first])))
            wins[second, first] = 30 - wins[first, second]
    return estimate(len(truth), pairs_of(wins))
