"""Votes between answers that were set side by side. What they come to is for ``chains.leaderboard`` to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from errors import VoteAlreadyCast
from storage.database import Database
from storage.records import new_id, now
from storage.schema import VOTES

MAX_LISTED = 10_000  # the newest count, should anybody cast more


@dataclass(frozen=True)
class VotedAnswer:
    """``contender`` is who wrote ``text``: a model's name, and its settings; ``figures`` sum up the run."""

    contender: str
    text: str
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Vote:
    """``answers`` in the order in which they were shown; ``winner`` is the place of the best, None when none was.

    ``is_none_good`` tells a tie of bad answers from one of good ones. ``id`` is that of the comparison.
    """

    question: str
    answers: tuple[VotedAnswer, ...]
    winner: int | None
    is_none_good: bool = False
    is_blind: bool = True
    created_at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)


class VoteStore:
    """Votes of each owner. The calls block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, owner: str, vote: Vote) -> None:
        """Keep the vote. Raises VoteAlreadyCast for a comparison that was voted on before."""
        columns = {column.name: getattr(vote, column.name) for column in _COLUMNS}
        columns |= {"owner": owner, "answers": [asdict(answer) for answer in vote.answers]}
        with self._database.writing() as connection:
            if connection.execute(select(VOTES.c.id).where(VOTES.c.id == vote.id)).first() is not None:
                raise VoteAlreadyCast
            connection.execute(insert(VOTES).values(columns))

    def listed(self, owner: str) -> tuple[Vote, ...]:
        """The newest first."""
        newest_first = (VOTES.c.created_at.desc(), VOTES.c.id)
        statement = select(*_COLUMNS).where(VOTES.c.owner == owner).order_by(*newest_first).limit(MAX_LISTED)
        with self._database.reading() as connection:
            return tuple(map(_vote_of, connection.execute(statement)))

    def delete_all(self, owner: str) -> int:
        """Forget all votes of the owner. Returns how many there were."""
        with self._database.writing() as connection:
            return connection.execute(delete(VOTES).where(VOTES.c.owner == owner)).rowcount


_COLUMNS = [column for column in VOTES.columns if column.name != "owner"]


def _vote_of(row: Row[Any]) -> Vote:
    fields = dict(row._mapping)
    return Vote(**fields | {"answers": tuple(VotedAnswer(**answer) for answer in fields["answers"])})
