"""Scores of several kinds become one order, whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rag.fusion import Scale, diverse, fused, highest, lexical_weight, rank

SCORES = arrays(np.float32, st.integers(1, 30), elements=st.floats(-100, 100, width=32))


@given(SCORES)
def test_standardising_keeps_the_order_and_centres_it(scores: np.ndarray) -> None:
    standardised = Scale.of(scores).standardised(scores)
    order = np.argsort(scores, kind="stable")
    assert (np.diff(standardised[order]) >= -1e-5).all()
    assert abs(float(standardised.mean())) < 1e-2


def test_scores_that_are_all_the_same_tell_nothing() -> None:
    scores = np.full(3, 7, np.float32)
    assert Scale.of(scores).standardised(scores).tolist() == [0, 0, 0]
    assert Scale.of(scores[:0]).standardised(scores).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("share", "weight"), [(0, 0), (0.38, 0), (0.6, 0.5), (0.75, 1), (1, 1)])
def test_words_weigh_nothing_when_the_text_is_in_another_language(share: float, weight: float) -> None:
    assert lexical_weight(share) == pytest.approx(weight)


@given(SCORES, st.floats(0, 1))
def test_what_is_better_in_both_ways_is_better_in_the_sum(scores: np.ndarray, weight: float) -> None:
    total = fused(scores, scores, weight)
    assert (np.diff(total[np.argsort(scores, kind="stable")]) >= 0).all()


@given(SCORES, st.integers(1, 40))
def test_the_highest_are_those_with_the_first_ranks(scores: np.ndarray, num: int) -> None:
    taken = highest(scores, num)
    assert len(set(taken.tolist())) == len(taken) == min(num, len(scores))
    assert sorted(scores[taken]) == sorted(scores)[-len(taken) :]
    assert all(rank(scores, float(scores[one])) <= num for one in taken)


@st.composite
def scored_vectors(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    scores = draw(SCORES)
    vectors = draw(arrays(np.float32, (len(scores), 3), elements=st.floats(-1, 1, width=32)))
    vectors += np.float32(0.01)
    return scores, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(scored_vectors(), st.integers(0, 12), st.floats(0, 1))
def test_diverse_takes_as_many_as_asked_each_once_the_best_first(
    scored: tuple[np.ndarray, np.ndarray], num: int, diversity: float
) -> None:
    scores, vectors = scored
    taken = diverse(scores.tolist(), vectors @ vectors.T, num, diversity)
    assert len(taken) == len(set(taken)) == min(num, len(scores))
    if taken:
        assert scores[taken[0]] == scores.max()


@given(scored_vectors())
def test_without_diversity_it_is_the_order_of_the_scores(scored: tuple[np.ndarray, np.ndarray]) -> None:
    scores, vectors = scored
    taken = diverse(scores.tolist(), vectors @ vectors.T, len(scores), 0.0)
    assert scores[taken].tolist() == sorted(scores.tolist(), reverse=True)


def test_the_same_text_twice_makes_room_for_another() -> None:
    cosines = np.array([[1, 1, 0.2], [1, 1, 0.2], [0.2, 0.2, 1]], np.float32)
    assert diverse([3.0, 2.9, 1.0], cosines, 2, 1.0) == [0, 2]
    assert diverse([3.0, 2.9, 1.0], cosines, 2, 0.0) == [0, 1]
