"""Comparisons that were asked for lately, each for its owner alone: for their vote, and to be taken away."""

from __future__ import annotations

from collections import OrderedDict

from chains.comparison import Comparison
from errors import ComparisonGone

MAX_OF_ONE = 20  # of one owner: whoever asks for many loses only their own
MAX_IN_ALL = 1_000


class ComparisonShelf:
    """Keeps them in memory, the newest. For the loop of the page alone."""

    def __init__(self, max_of_one: int = MAX_OF_ONE, max_in_all: int = MAX_IN_ALL) -> None:
        self._limits = (max_of_one, max_in_all)
        self._kept: OrderedDict[str, Comparison] = OrderedDict()
        self._voted: set[str] = set()

    def keep(self, comparison: Comparison) -> None:
        """The oldest of its owner makes room for it, else the oldest of all."""
        max_of_one, max_in_all = self._limits
        own = [each.id for each in self._kept.values() if each.owner == comparison.owner]
        self._drop(*own[: max(0, len(own) + 1 - max_of_one)])
        self._drop(*list(self._kept)[: max(0, len(self._kept) + 1 - max_in_all)])
        self._kept[comparison.id] = comparison

    def get(self, owner: str, comparison_id: str) -> Comparison:
        """Raises ComparisonGone, also for what is somebody else's."""
        comparison = self._kept.get(comparison_id)
        if comparison is None or comparison.owner != owner:
            raise ComparisonGone
        return comparison

    def reveal(self, comparison: Comparison) -> None:
        """Its vote was cast: from now on everybody's names may be told."""
        if comparison.id in self._kept:
            self._voted.add(comparison.id)

    def is_open(self, comparison: Comparison) -> bool:
        """Whether names and figures may be told. They may once nobody can vote any more, or there will be no vote."""
        if not comparison.is_blind or comparison.id in self._voted:
            return True
        return comparison.is_over and not comparison.may_vote

    def forget(self, owner: str) -> None:
        """All comparisons of ``owner``; one that goes on is kept by whoever watches it, and by nobody else."""
        self._drop(*(each.id for each in list(self._kept.values()) if each.owner == owner))

    def _drop(self, *comparison_ids: str) -> None:
        for comparison_id in comparison_ids:
            del self._kept[comparison_id]
            self._voted.discard(comparison_id)
