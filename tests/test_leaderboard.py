"""What votes come to: who stands where, how sure that is, and what is exported of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.exports.comparison_tables import leaderboard_rows, preference_rows, vote_rows
from chains.leaderboard import MEAN_RATING, Leaderboard, leaderboard
from storage.votes import Vote, VotedAnswer

NAMES = ("local/a", "local/b", "openai/c", "google/d")


def vote(shown: tuple[str, ...], winner: str | None, *, is_blind: bool = True) -> Vote:
    answers = tuple(VotedAnswer(name, f"{name} says", {"num_output": 3}) for name in shown)
    return Vote("Why?", answers, None if winner is None else shown.index(winner), is_blind=is_blind)


def standings(board: Leaderboard) -> dict[str, tuple[int, int, int, int]]:
    return {one.contender: (one.rank, one.num_wins, one.num_ties, one.num_losses) for one in board.standings}


def test_without_votes_nobody_stands() -> None:
    assert leaderboard([]) == Leaderboard((), 0, is_provisional=True)


def test_who_is_preferred_stands_before_the_others() -> None:
    votes = [vote(NAMES[:2], "local/a")] * 30 + [vote(NAMES[1::-1], "local/b")] * 10
    board = leaderboard(votes)
    assert standings(board) == {"local/a": (1, 30, 0, 10), "local/b": (2, 10, 0, 30)}
    assert board.share("local/a", "local/b") == pytest.approx(0.75)
    assert not board.is_provisional
    first, second = board.standings
    assert first.lower < first.rating < first.upper
    assert first.rating + second.rating == pytest.approx(2 * MEAN_RATING)


def test_few_votes_share_a_rank() -> None:
    board = leaderboard([vote(NAMES[:2], "local/a")] * 2 + [vote(NAMES[:2], "local/b")])
    assert [one.rank for one in board.standings] == [1, 1]


def test_ties_pull_together() -> None:
    wins = [vote(NAMES[:2], "local/a")] * 3 + [vote(NAMES[:2], "local/b")]
    with_ties = leaderboard([*wins, *[vote(NAMES[:2], None)] * 4])
    assert leaderboard(wins).share("local/a", "local/b") == pytest.approx(0.75)
    assert with_ties.share("local/a", "local/b") == pytest.approx(5 / 8)
    assert standings(with_ties)["local/a"] == (1, 3, 4, 1)


def test_only_ties_make_equals() -> None:
    board = leaderboard([vote(NAMES[:3], None)] * 5)
    assert [one.rating for one in board.standings] == pytest.approx([MEAN_RATING] * 3)
    assert not board.is_provisional


def test_a_contender_that_never_lost_has_a_provisional_rating() -> None:
    board = leaderboard([vote(NAMES, "local/a")] * 3)
    assert board.is_provisional
    assert board.standings[0].contender == "local/a"
    assert board.standings[0].rating > MEAN_RATING


def test_votes_that_were_not_blind_can_be_left_out() -> None:
    votes = [vote(NAMES[:2], "local/a"), vote(NAMES[:2], "local/b", is_blind=False)]
    board = leaderboard(votes, is_blind_only=True)
    assert board.num_votes == 1
    assert standings(board)["local/b"] == (1, 0, 0, 1)


@given(
    st.lists(
        st.permutations(NAMES).flatmap(
            lambda shown: st.integers(2, 4).flatmap(
                lambda num: st.sampled_from([*shown[:num], None]).map(lambda winner: vote(tuple(shown[:num]), winner))
            )
        ),
        max_size=30,
    )
)
def test_any_votes_make_a_board(votes: list[Vote]) -> None:
    board = leaderboard(votes)
    ratings = [one.rating for one in board.standings]
    assert ratings == sorted(ratings, reverse=True)
    for one in board.standings:
        assert one.lower <= one.rating <= one.upper
        assert 1 <= one.rank <= len(board.standings)
        assert one.num_wins + one.num_ties + one.num_losses == one.num_votes
    assert sum(one.num_wins for one in board.standings) == sum(vote.winner is not None for vote in votes)


# --- exports ---------------------------------------------------------------------------------------------------------


def test_every_answer_of_a_vote_is_a_row() -> None:
    rows = vote_rows([vote(NAMES[:3], "local/b"), replace(vote(NAMES[:2], None), is_none_good=True)])
    assert [row["result"] for row in rows] == ["loss", "win", "loss", "none good", "none good"]
    assert [row["place"] for row in rows] == [1, 2, 3, 1, 2]
    assert {row["new tokens"] for row in rows} == {3}


def test_the_better_answer_is_paired_with_each_worse_one() -> None:
    rows = preference_rows([vote(NAMES[:3], "local/b"), vote(NAMES, None)])
    assert [(row["chosen"], row["rejected"]) for row in rows] == [
        ("local/b says", "local/a says"),
        ("local/b says", "openai/c says"),
    ]


def test_the_board_is_told_as_rows() -> None:
    (first, second) = leaderboard_rows(leaderboard([vote(NAMES[:2], "local/a")] * 3 + [vote(NAMES[:2], "local/b")]))
    assert (first["contender"], first["wins"], first["losses"]) == ("local/a", 3, 1)
    assert first["lower 95"] < first["rating"] < first["upper 95"]
    assert second["is provisional"] is False
