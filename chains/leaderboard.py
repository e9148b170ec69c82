"""What votes between answers come to: who is preferred, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from chains.bradley_terry import Choices, Floats, Strengths, estimate
from storage.votes import Vote

MEAN_RATING = 1_000.0
POINTS_PER_STRENGTH = 400 / math.log(10)  # Elo's scale: 400 points more are preferred ten times as often
Z_95 = 1.959964  # standard errors to either side hold 95 % of a normal distribution


@dataclass(frozen=True)
class Standing:
    """``rating`` in points of Elo's scale around MEAN_RATING, with 95 % between ``lower`` and ``upper``.

    ``rank`` is one more than how many are preferred to this one with 95 % certainty: several may share one.
    """

    contender: str
    rank: int
    rating: float
    lower: float
    upper: float
    num_votes: int
    num_wins: int
    num_ties: int

    @property
    def num_losses(self) -> int:
        return self.num_votes - self.num_wins - self.num_ties


@dataclass(frozen=True)
class Leaderboard:
    """``standings``, the best first. ``is_provisional`` while too few votes link the contenders for a true estimate."""

    standings: tuple[Standing, ...]
    num_votes: int
    is_provisional: bool

    def share(self, first: str, second: str) -> float:
        """How often ``first`` is expected to be preferred to ``second``. Raises KeyError for who is not listed."""
        ratings = {standing.contender: standing.rating for standing in self.standings}
        return 1 / (1 + math.exp((ratings[second] - ratings[first]) / POINTS_PER_STRENGTH))


@dataclass
class _Tally:
    num_votes: int = 0
    num_wins: int = 0
    num_ties: int = 0


def leaderboard(votes: Iterable[Vote], *, is_blind_only: bool = False) -> Leaderboard:
    """The contenders of ``votes`` by their ratings."""
    counted = [vote for vote in votes if vote.is_blind or not is_blind_only]
    names = sorted({answer.contender for vote in counted for answer in vote.answers})
    if not names:
        return Leaderboard((), 0, is_provisional=True)
    strengths = estimate(len(names), _choices(counted, names))
    tallies = _tallies(counted)
    standings = [_standing(place, name, strengths, tallies[name]) for place, name in enumerate(names)]
    standings.sort(key=lambda standing: (-standing.rating, standing.contender))
    return Leaderboard(tuple(standings), len(counted), strengths.is_provisional)


def _choices(votes: Sequence[Vote], names: Sequence[str]) -> list[Choices]:
    """Votes between the same contenders are one: their order does not matter."""
    places = {name: place for place, name in enumerate(names)}
    by_set: dict[tuple[int, ...], Floats] = {}
    for vote in votes:
        shown = [places[answer.contender] for answer in vote.answers]
        items = tuple(sorted(shown))
        chosen = by_set.setdefault(items, np.zeros(len(items)))
        if vote.winner is None:
            chosen += 1 / len(items)
        else:
            chosen[items.index(shown[vote.winner])] += 1
    return [Choices(np.array(items), chosen) for items, chosen in by_set.items()]


def _tallies(votes: Iterable[Vote]) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = {}
    for vote in votes:
        for place, answer in enumerate(vote.answers):
            tally = tallies.setdefault(answer.contender, _Tally())
            tally.num_votes += 1
            tally.num_wins += vote.winner == place
            tally.num_ties += vote.winner is None
    return tallies


def _standing(place: int, name: str, strengths: Strengths, tally: _Tally) -> Standing:
    rating = MEAN_RATING + POINTS_PER_STRENGTH * float(strengths.values[place])
    margin = Z_95 * POINTS_PER_STRENGTH * float(strengths.errors[place])
    counts = (tally.num_votes, tally.num_wins, tally.num_ties)
    return Standing(name, _rank(place, strengths), rating, rating - margin, rating + margin, *counts)


def _rank(place: int, strengths: Strengths) -> int:
    others = (other for other in range(len(strengths.values)) if other != place)
    ahead = strengths.values - strengths.values[place]
    return 1 + sum(bool(ahead[other] > Z_95 * strengths.error_of_difference(other, place)) for other in others)
