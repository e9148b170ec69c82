"""Several texts from the same beginning as a tree: what they share stands once, and forks where they part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.sample_batch import SampledToken
from playground.sample_measures import log_probability as log_probability_of

Texts = Mapping[int, Sequence[SampledToken]]


@dataclass(frozen=True)
class Branch:
    """``tokens`` follow each other without a fork; the root has none.

    ``texts`` are the numbers of those that come through here, ``ends`` of those that end here. ``log_probability`` is
    natural, of all tokens from the root to the end of these.
    """

    tokens: tuple[SampledToken, ...]
    texts: tuple[int, ...]
    ends: tuple[int, ...]
    log_probability: float
    branches: tuple[Branch, ...]

    @property
    def probability(self) -> float:
        """That the model goes this way, 0 to 1."""
        return math.exp(self.log_probability)


def tree_of(texts: Sequence[Sequence[SampledToken]]) -> Branch:
    """The root. Branches that more texts take stand first, of equals the likelier."""
    return _forked(dict(enumerate(texts)), (), 0, 0.0)


def flat(root: Branch) -> Iterator[tuple[int, Branch]]:
    """Every branch below ``root`` as it is read from the top, with how many forks stand before it."""
    for branch in root.branches:
        yield 0, branch
        yield from ((depth + 1, further) for depth, further in flat(branch))


def _branch(texts: Texts, first: int, before: float) -> Branch:
    """What ``texts`` make of their tokens from ``first`` on. ``before`` is the sum of the logarithms up to there."""
    end = first + _num_shared([tokens[first:] for tokens in texts.values()])
    tokens = tuple(next(iter(texts.values()))[first:end])
    log_probability = math.fsum([before, *map(log_probability_of, tokens)])
    return _forked(texts, tokens, end, log_probability)


def _forked(texts: Texts, tokens: tuple[SampledToken, ...], end: int, log_probability: float) -> Branch:
    """``tokens``, which ``texts`` share up to ``end``, and how they go on."""
    apart: dict[int, dict[int, Sequence[SampledToken]]] = {}
    for number, text in texts.items():
        if len(text) > end:
            apart.setdefault(text[end].token_id, {})[number] = text
    branches = [_branch(group, end, log_probability) for group in apart.values()]
    branches.sort(key=lambda branch: (-len(branch.texts), -branch.log_probability))
    ends = tuple(number for number, text in texts.items() if len(text) == end)
    return Branch(tokens, tuple(texts), ends, log_probability, tuple(branches))


def _num_shared(texts: Sequence[Sequence[SampledToken]]) -> int:
    """How many first tokens are the same in all."""
    shortest, num = min(map(len, texts)), 0
    while num < shortest and len({text[num].token_id for text in texts}) == 1:
        num += 1
    return num
