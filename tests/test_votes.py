"""Votes are kept once each, whole, and only for whose they are, in either database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from errors import VoteAlreadyCast
from storage.database import Database
from storage.votes import Vote, VotedAnswer, VoteStore

pytest_plugins = ["tests.storage_fixtures"]

VOTE = Vote(
    question="¿Por qué?\x00",
    answers=(VotedAnswer("local/a", "=SUM(1)", {"tokens_per_second": 31.5}), VotedAnswer("local/b", "Porque \ud83d.")),
    winner=1,
)


@pytest.fixture
def votes(database: Database) -> VoteStore:
    return VoteStore(database)


def test_votes_come_back_as_they_were_cast_newest_first(votes: VoteStore) -> None:
    tie = replace(VOTE, id="tie", winner=None, is_none_good=True, is_blind=False)
    older = replace(tie, id="older", created_at=tie.created_at - timedelta(seconds=1))
    votes.add("ana", older)
    votes.add("ana", tie)
    assert votes.listed("ana") == (replace(tie, question="¿Por qué?\ufffd"), replace(older, question="¿Por qué?\ufffd"))


def test_a_comparison_is_voted_on_once(votes: VoteStore) -> None:
    votes.add("ana", VOTE)
    for owner in ("ana", "eve"):
        with pytest.raises(VoteAlreadyCast):
            votes.add(owner, replace(VOTE, winner=0))
    assert [vote.winner for vote in votes.listed("ana")] == [1]
    assert votes.listed("eve") == ()


def test_an_owners_votes_are_forgotten_together(votes: VoteStore) -> None:
    votes.add("ana", VOTE)
    votes.add("ana", replace(VOTE, id="second"))
    votes.add("eve", replace(VOTE, id="hers"))
    assert votes.delete_all("ana") == 2
    assert votes.listed("ana") == ()
    assert [vote.id for vote in votes.listed("eve")] == ["hers"]
