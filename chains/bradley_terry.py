"""Strengths from choices: the model of Bradley and Terry, by maximum likelihood.

Of the items of a set, item i is chosen with probability e^s_i / Σ e^s_j, where s is an item's strength. For two items
that is R. A. Bradley and M. E. Terry, "Rank Analysis of Incomplete Block Designs: I. The Method of Paired Comparisons",
Biometrika 39 (1952), 324-345; for more it is Luce's choice axiom, as in D. R. Hunter, "MM Algorithms for Generalized
Bradley-Terry Models", Annals of Statistics 32 (2004), 384-406, where L. R. Ford's condition for a maximum is found too.
A tie is a share of the choice for each, as W.-L. Chiang et al. count it in "Chatbot Arena" (arXiv:2403.04132, 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

MOST_ROUNDS = 100
CLOSE_ENOUGH = 1e-10
LONGEST_STEP = 2.0  # in strength; the first rounds may aim far beyond the maximum


@dataclass(frozen=True)
class Choices:
    """All choices from one set: ``items`` by number, and how often each was chosen, ties shared."""

    items: NDArray[np.intp]
    chosen: Floats


@dataclass(frozen=True)
class Strengths:
    """``values`` add up to 0; ``covariance`` is that of the estimates.

    ``is_provisional``: the choices alone have no maximum, for some items have only won, only lost, or never met others,
    even by way of third ones. Each item is then held by a tie with one that is not there, of strength 0.
    """

    values: Floats
    covariance: Floats
    is_provisional: bool

    @property
    def errors(self) -> Floats:
        """The standard error of each."""
        return np.sqrt(np.diag(self.covariance))

    def error_of_difference(self, first: int, second: int) -> float:
        """The standard error of how much stronger one item is than another."""
        covariance = self.covariance
        variance = covariance[first, first] + covariance[second, second] - 2 * covariance[first, second]
        return float(np.sqrt(max(variance, 0.0)))


def estimate(num_items: int, choices: Sequence[Choices]) -> Strengths:
    """The strengths of ``num_items`` items that make ``choices`` likeliest, with the uncertainty that they leave.

    The covariance is the inverse of the observed information; ties make it too large rather than too small.
    """
    is_provisional = not _has_maximum(num_items, choices)
    centring = np.eye(num_items) - 1 / num_items
    values = np.zeros(num_items)
    for _ in range(MOST_ROUNDS):
        gradient, information = _slopes(values, choices, is_provisional)
        step: Floats = np.linalg.solve(information, gradient).astype(np.float64)
        step *= LONGEST_STEP / max(float(np.abs(step).max()), LONGEST_STEP)
        values = values + _shortened(step, values, choices, is_provisional)
        if np.abs(step).max() < CLOSE_ENOUGH:
            break
    _, information = _slopes(values, choices, is_provisional)
    covariance = centring @ np.linalg.inv(information) @ centring
    return Strengths(values - values.mean(), covariance, is_provisional)


def _has_maximum(num_items: int, choices: Sequence[Choices]) -> bool:
    """Ford's condition: however the items are parted in two, somebody chose one of either part over one of the other.

    Then a path of such choices leads from each item to each.
    """
    beats = np.eye(num_items, dtype=np.bool_)
    for one in choices:
        beats[np.ix_(one.items[one.chosen > 0], one.items)] = True
    for _ in range(num_items.bit_length()):  # each round doubles the length of the paths
        beats = beats @ beats
    return bool(beats.all())


def _slopes(values: Floats, choices: Sequence[Choices], is_held: bool) -> tuple[Floats, Floats]:
    """Gradient of the log-likelihood, and minus its second derivatives, made invertible."""
    num_items = len(values)
    gradient = np.zeros(num_items)
    information = np.zeros((num_items, num_items))
    for one in choices:
        total = one.chosen.sum()
        shares = _shares(values[one.items])
        gradient[one.items] += one.chosen - total * shares
        information[np.ix_(one.items, one.items)] += total * (np.diag(shares) - np.outer(shares, shares))
    if is_held:
        wins = 1 / (1 + np.exp(-values))
        gradient += 0.5 - wins
        information += np.diag(wins * (1 - wins))
    else:
        information += 1 / num_items  # only differences count: their sum is held at 0
    return gradient, information


def _shortened(step: Floats, values: Floats, choices: Sequence[Choices], is_held: bool) -> Floats:
    """``step``, halved until it does not lead downhill."""
    here = _log_likelihood(values, choices, is_held)
    while np.abs(step).max() > CLOSE_ENOUGH and _log_likelihood(values + step, choices, is_held) < here:
        step = step / 2
    return step


def _log_likelihood(values: Floats, choices: Sequence[Choices], is_held: bool) -> float:
    total = sum(float(one.chosen @ np.log(_shares(values[one.items]))) for one in choices)
    return total - (float(np.logaddexp(values / 2, -values / 2).sum()) if is_held else 0.0)


def _shares(values: Floats) -> Floats:
    """How probably each is chosen."""
    powers = np.exp(values - values.max())
    shares: Floats = powers / powers.sum()
    return shares
