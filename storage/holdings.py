"""All that is kept of one owner, whatever it is: how much there is, since when nobody touched it, and its end.

The calls block.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, LargeBinary, cast, delete, func, literal, select

from storage.database import Database
from storage.document_rows import CHUNKS_WITH_OWNER, WITH_COLLECTION
from storage.schema import (
    CHUNKS,
    COLLECTIONS,
    CONVERSATIONS,
    DOCUMENTS,
    EVALUATION_OUTCOMES,
    EVALUATIONS,
    MESSAGES,
    NOTES,
    RECORDS,
    TEMPLATES,
    VECTORS,
    VOTES,
    WINDOW_VECTORS,
)

OWNED = (CONVERSATIONS, NOTES, TEMPLATES, COLLECTIONS, EVALUATIONS, VOTES)  # all else goes with a row of these
TOUCHED = (
    (CONVERSATIONS, CONVERSATIONS.c.updated_at),
    (NOTES, NOTES.c.created_at),
    (TEMPLATES, TEMPLATES.c.updated_at),
    (COLLECTIONS, COLLECTIONS.c.created_at),
    (WITH_COLLECTION, DOCUMENTS.c.created_at),
    (EVALUATIONS, EVALUATIONS.c.updated_at),
    (VOTES, VOTES.c.created_at),
)


class Kind(StrEnum):
    """What is counted."""

    CONVERSATIONS = "conversations"
    NOTES = "notes"
    TEMPLATES = "templates"
    DOCUMENTS = "documents"
    PASSAGES = "passages"
    EVALUATIONS = "evaluations"
    VOTES = "votes"


@dataclass(frozen=True)
class Held:
    """``num_bytes`` is what its contents take, about; documents' are those of their files."""

    kind: Kind
    num: int = 0
    num_bytes: int = 0


class Holdings:
    """Of each owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, owner: str) -> tuple[Held, ...]:
        """What there is of each kind; deleted conversations count until they are gone."""
        with self._database.reading() as connection:
            return tuple(Held(kind, *self._sizes(connection, kind, owner)) for kind in Kind)

    def conversations(self, owner: str) -> tuple[str, ...]:
        """The ids of all that were not deleted, in whatever room, the oldest first."""
        order = (CONVERSATIONS.c.created_at, CONVERSATIONS.c.id)
        statement = select(CONVERSATIONS.c.id).where(
            CONVERSATIONS.c.owner == owner, CONVERSATIONS.c.deleted_at.is_(None)
        )
        with self._database.reading() as connection:
            return tuple(connection.execute(statement.order_by(*order)).scalars())

    def collections(self, owner: str) -> tuple[str, ...]:
        """The ids of those there are; none is made for asking."""
        statement = select(COLLECTIONS.c.id).where(COLLECTIONS.c.owner == owner).order_by(COLLECTIONS.c.created_at)
        with self._database.reading() as connection:
            return tuple(connection.execute(statement).scalars())

    def last_touched(self) -> dict[str, datetime]:
        """When each owner last had anything written, by the clock of then."""
        touched: dict[str, datetime] = {}
        with self._database.reading() as connection:
            for table, moment in TOUCHED:
                owner = _owner_in(table)
                for name, last in connection.execute(
                    select(owner, func.max(moment)).select_from(table).group_by(owner)
                ):
                    touched[name] = max(last, touched.get(name, last))
        return touched

    def delete_all(self, owner: str) -> None:
        """Every row of the owner's, for good, with all that hangs on it."""
        with self._database.writing() as connection:
            for table in OWNED:
                connection.execute(delete(table).where(table.c.owner == owner))

    def _sizes(self, connection: Connection, kind: Kind, owner: str) -> tuple[int, int]:
        """How many, and of how many bytes."""
        of_owner = CONVERSATIONS.c.owner == owner
        of_collection = COLLECTIONS.c.owner == owner
        if kind is Kind.CONVERSATIONS:
            num, _ = self._sum(connection, CONVERSATIONS, of_owner, ())
            messages = CONVERSATIONS.join(MESSAGES, MESSAGES.c.conversation_id == CONVERSATIONS.c.id)
            records = CONVERSATIONS.join(RECORDS, RECORDS.c.conversation_id == CONVERSATIONS.c.id)
            _, written = self._sum(connection, messages, of_owner, (MESSAGES.c.text, MESSAGES.c.steps))
            return num, written + self._sum(connection, records, of_owner, (RECORDS.c.packed,))[1]
        if kind is Kind.DOCUMENTS:
            statement = select(func.count(), func.sum(DOCUMENTS.c.num_bytes)).select_from(WITH_COLLECTION)
            num, num_bytes = connection.execute(statement.where(of_collection)).one()
            return num, int(num_bytes or 0)
        if kind is Kind.PASSAGES:
            num, text = self._sum(connection, CHUNKS_WITH_OWNER, of_collection, (CHUNKS.c.text,))
            for vectors in (VECTORS, WINDOW_VECTORS):
                held = CHUNKS_WITH_OWNER.join(vectors, vectors.c.chunk_id == CHUNKS.c.id)
                text += self._sum(connection, held, of_collection, (vectors.c.packed,))[1]
            return num, text
        if kind is Kind.EVALUATIONS:
            num, content = self._sum(connection, EVALUATIONS, EVALUATIONS.c.owner == owner, (EVALUATIONS.c.content,))
            joined = EVALUATION_OUTCOMES.c.evaluation_id == EVALUATIONS.c.id
            outcomes = EVALUATIONS.join(EVALUATION_OUTCOMES, joined)
            found = self._sum(connection, outcomes, EVALUATIONS.c.owner == owner, (EVALUATION_OUTCOMES.c.content,))
            return num, content + found[1]
        table, columns = {
            Kind.NOTES: (NOTES, (NOTES.c.text,)),
            Kind.TEMPLATES: (TEMPLATES, (TEMPLATES.c.content,)),
            Kind.VOTES: (VOTES, (VOTES.c.question, VOTES.c.answers)),
        }[kind]
        return self._sum(connection, table, table.c.owner == owner, columns)

    def _sum(
        self,
        connection: Connection,
        source: FromClause,
        where: ColumnElement[bool],
        columns: Iterable[ColumnElement[Any]],
    ) -> tuple[int, int]:
        num_bytes: ColumnElement[int] = literal(0)
        for column in columns:
            num_bytes = num_bytes + func.coalesce(func.sum(self._num_bytes(column)), 0)
        num, total = connection.execute(select(func.count(), num_bytes).select_from(source).where(where)).one()
        return num, int(total)

    def _num_bytes(self, column: ColumnElement[Any]) -> ColumnElement[int]:
        if self._database.is_sqlite:  # older ones know no octet_length
            return func.length(cast(column, LargeBinary))
        return func.octet_length(column)


def _owner_in(table: FromClause) -> ColumnElement[str]:
    return COLLECTIONS.c.owner if table is WITH_COLLECTION else table.c.owner
