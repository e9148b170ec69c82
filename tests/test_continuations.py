"""Texts as a tree: nothing is lost, nothing stands twice, and probabilities multiply along the way."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sample_batch import SampledToken
from playground.continuations import Branch, flat, tree_of

TEXTS = st.lists(st.lists(st.integers(0, 2), max_size=6), min_size=1, max_size=9)


def tokens(ids: Sequence[int]) -> list[SampledToken]:
    """The same prefix has the same probabilities, as a model's."""
    return [SampledToken(each, b"", 1 / (2 + sum(ids[: place + 1])), 1.0, 0.0, ()) for place, each in enumerate(ids)]


def spelled(branch: Branch, before: tuple[int, ...] = ()) -> dict[int, tuple[int, ...]]:
    """What each text is, read off the tree."""
    here = (*before, *(token.token_id for token in branch.tokens))
    found = dict.fromkeys(branch.ends, here)
    for further in branch.branches:
        found |= spelled(further, here)
    return found


@given(TEXTS)
def test_every_text_is_one_way_through_the_tree(texts: list[list[int]]) -> None:
    root = tree_of([tokens(ids) for ids in texts])
    assert spelled(root) == {number: tuple(ids) for number, ids in enumerate(texts)}
    assert root.tokens == ()
    assert root.texts == tuple(range(len(texts)))


@given(TEXTS)
def test_what_is_shared_stands_once_and_every_branch_forks_or_ends(texts: list[list[int]]) -> None:
    root = tree_of([tokens(ids) for ids in texts])
    prefixes = {tuple(ids[:length]) for ids in texts for length in range(1, len(ids) + 1)}
    branches = [branch for _, branch in flat(root)]
    assert sum(len(branch.tokens) for branch in branches) == len(prefixes)
    for branch in (root, *branches):
        assert sorted((*branch.ends, *(number for one in branch.branches for number in one.texts))) == sorted(
            branch.texts
        )
        firsts = [one.tokens[0].token_id for one in branch.branches]
        assert len(set(firsts)) == len(firsts)
        assert branch is root or branch.ends or len(branch.branches) > 1


@given(TEXTS)
def test_probabilities_multiply_along_the_way(texts: list[list[int]]) -> None:
    written = [tokens(ids) for ids in texts]
    ends = {number: branch for _, branch in flat(tree_of(written)) for number in branch.ends}
    for number, branch in ends.items():
        product = math.prod(token.probability for token in written[number])
        assert branch.probability == pytest.approx(product)


def test_the_way_of_most_stands_first_and_of_equals_the_likelier() -> None:
    root = tree_of([tokens(ids) for ids in ([2], [0], [1, 1], [1, 2])])
    assert [branch.tokens[0].token_id for branch in root.branches] == [1, 0, 2]
    assert [depth for depth, _ in flat(root)] == [0, 1, 1, 0, 0]
