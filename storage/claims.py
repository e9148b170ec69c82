"""Which process does what, where several work on one PostgreSQL database: an answer or a document belongs to one.

A claim is a row with the name of who holds it and the time of its last sign of life, by the clock of the database. Who
has given none for STALE_SECONDS is gone, and others may take over. A SQLite file belongs to one process, which the lock
of its folder sees to: there, no rows are written, and everything is free or one's own.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from storage.database import Database
from storage.schema import CLAIMS, IS_ANSWERING, MESSAGES

BEAT_SECONDS = 3.0
STALE_SECONDS = 15.0  # four signs of life may be lost on the way

_NOW = func.clock_timestamp()  # not that of the transaction's beginning: it may have waited for a lock


class Claims:
    """What this process holds: all Claims over one Database are the same holder. Every call blocks."""

    def __init__(self, database: Database, stale_s: float = STALE_SECONDS) -> None:
        self._database = database
        self._stale = timedelta(seconds=stale_s)
        self.instance = database.instance
        self.is_alone = database.is_sqlite

    def take(self, key: str) -> bool:
        """Whether it is ours now: it was free, ours, or of one that is gone."""
        return self.is_alone or self._put(key, or_(CLAIMS.c.instance == self.instance, self._is_stale()))

    def seize(self, key: str) -> None:
        """Take it from whoever holds it: ``is_mine`` tells them."""
        if not self.is_alone:
            self._put(key, None)

    def release(self, key: str) -> None:
        """Free again, if it was ours."""
        if not self.is_alone:
            with self._database.writing() as connection:
                connection.execute(delete(CLAIMS).where(CLAIMS.c.key == key, CLAIMS.c.instance == self.instance))

    def release_all(self) -> None:
        """At the end of the program: nobody needs to wait until we count as gone."""
        if not self.is_alone:
            with self._database.writing() as connection:
                connection.execute(delete(CLAIMS).where(CLAIMS.c.instance == self.instance))

    def is_mine(self, key: str) -> bool:
        """Nobody has taken it over."""
        if self.is_alone:
            return True
        return self._is_there(and_(CLAIMS.c.key == key, CLAIMS.c.instance == self.instance))

    def is_taken(self, key: str) -> bool:
        """Another process that lives holds it."""
        if self.is_alone:
            return False
        return self._is_there(and_(CLAIMS.c.key == key, CLAIMS.c.instance != self.instance, ~self._is_stale()))

    def beat(self) -> None:
        """Give a sign of life for everything we hold."""
        if not self.is_alone:
            with self._database.writing() as connection:
                ours = update(CLAIMS).where(CLAIMS.c.instance == self.instance)
                connection.execute(ours.values(beaten_at=_NOW))

    def settle_abandoned(self) -> int:
        """Answers that nobody who lives is writing are STOPPED where they stand; returns how many."""
        with self._database.writing() as connection:
            settled = update(MESSAGES).where(IS_ANSWERING).values(status="stopped")
            if not self.is_alone:
                settled = settled.where(~exists().where(self._is_of_message(), ~self._is_stale()))
                connection.execute(delete(CLAIMS).where(self._is_stale(4)))  # what nobody came to take over
            return connection.execute(settled).rowcount

    def _put(self, key: str, condition: ColumnElement[bool] | None) -> bool:
        row = {"instance": self.instance, "beaten_at": _NOW}
        statement = insert(CLAIMS).values(key=key, **row)
        statement = statement.on_conflict_do_update(index_elements=[CLAIMS.c.key], set_=row, where=condition)
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1

    def _is_there(self, condition: ColumnElement[bool]) -> bool:
        with self._database.reading() as connection:
            return connection.execute(select(CLAIMS.c.key).where(condition)).first() is not None

    def _is_stale(self, times: int = 1) -> ColumnElement[bool]:
        return CLAIMS.c.beaten_at < _NOW - literal(self._stale * times)

    def _is_of_message(self) -> ColumnElement[bool]:
        return CLAIMS.c.key == literal(answer_key("")) + MESSAGES.c.conversation_id


def answer_key(conversation_id: str) -> str:
    """Of the answer being written in a conversation."""
    return f"answer:{conversation_id}"


def document_key(document_id: str) -> str:
    """Of a document being indexed."""
    return f"document:{document_id}"
