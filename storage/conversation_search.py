"""Finds conversations by words in a row: of their title, or of a message of any branch."""

from __future__ import annotations

from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, or_, select

from storage.database import Database
from storage.rows import searchable
from storage.schema import CONVERSATIONS, MESSAGES


def found(database: Database, connection: Connection, statement: Select[Any], words: str, limit: int) -> list[Row[Any]]:
    """The first rows of ``statement``, which selects conversations, that hold ``words``, as ``searchable`` made them.

    What is encrypted the database cannot search: it is opened here, one conversation at a time.
    """
    if not words:
        return list(connection.execute(statement.limit(limit)))
    if not database.is_sealed:
        return list(connection.execute(statement.where(_holds(words)).limit(limit)))
    rows = connection.execute(statement).all()
    return list(islice((row for row in rows if _is_found(connection, row, words)), limit))


def _holds(words: str) -> ColumnElement[bool]:
    in_a_message = exists().where(
        MESSAGES.c.conversation_id == CONVERSATIONS.c.id, MESSAGES.c.folded_text.contains(words, autoescape=True)
    )
    return or_(CONVERSATIONS.c.folded_title.contains(words, autoescape=True), in_a_message)


def _is_found(connection: Connection, row: Row[Any], words: str) -> bool:
    if words in searchable(row.title):
        return True
    statement = select(MESSAGES.c.folded_text).where(MESSAGES.c.conversation_id == row.id)
    with connection.execute(statement) as result:
        return any(words in text for text in result.scalars())
