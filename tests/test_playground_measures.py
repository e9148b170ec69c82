"""One number for a distribution: by hand where it is known, and by what must hold of any."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from playground.measures import Logits, best, distribution, effective_number, entropy, softmax, total_variation

ROWS = hnp.arrays(np.float32, st.integers(1, 50), elements=st.floats(-500, 500, width=32))


@given(ROWS)
def test_entropy_lies_between_certainty_and_all_alike(logits: Logits) -> None:
    probabilities, bits = distribution(logits)
    assert probabilities.sum() == pytest.approx(1)
    assert bits == pytest.approx(entropy(probabilities), abs=1e-9)
    assert 0 <= bits <= math.log2(len(logits)) + 1e-9


@given(st.integers(1, 500))
def test_as_many_are_effective_as_are_equally_likely(num: int) -> None:
    probabilities, bits = distribution(np.zeros(num, np.float32))
    assert (bits, effective_number(bits)) == pytest.approx((math.log2(num), num))
    assert entropy(probabilities) == pytest.approx(bits)


def test_what_is_forbidden_counts_for_nothing() -> None:
    logits = np.array([0, -math.inf, 0], np.float32)
    probabilities, bits = distribution(logits)
    assert (probabilities.tolist(), bits) == ([0.5, 0, 0.5], 1)
    assert (softmax(logits).tolist(), entropy(probabilities)) == ([0.5, 0, 0.5], 1)


@given(ROWS)
def test_two_distributions_are_nothing_to_everything_apart(logits: Logits) -> None:
    one, other = softmax(logits), softmax(logits[::-1])
    assert total_variation(one, one) == 0
    assert 0 <= total_variation(one, other) == total_variation(other, one) <= 1 + 1e-9


def test_what_shares_nothing_is_wholly_apart() -> None:
    assert total_variation(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1


@given(hnp.arrays(np.float32, st.integers(0, 30), elements=st.integers(-3, 3)), st.integers(0, 40))
def test_the_best_come_first_and_equals_in_the_order_of_ids(scores: Logits, num: int) -> None:
    everything = sorted(range(len(scores)), key=lambda token_id: (-scores[token_id], token_id))
    assert best(scores, num).tolist() == everything[:num]
