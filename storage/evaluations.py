"""Evaluations of models, and what each question gave: what came is there, whatever ends the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from errors import EvaluationNotFound
from storage.database import Database
from storage.records import new_id, now
from storage.schema import EVALUATION_OUTCOMES, EVALUATIONS


class EvaluationStatus(StrEnum):
    """How an evaluation stands. One that is GOING when the program ends is taken up again when it starts."""

    GOING = "going"
    COMPLETE = "complete"
    STOPPED = "stopped"  # by the person
    FAILED = "failed"  # ``fault`` says how


@dataclass(frozen=True)
class StoredEvaluation:
    """``num_done`` of ``num_outcomes`` are there. ``fault`` is the key of a sentence with ``fault_values`` in it."""

    name: str
    num_outcomes: int
    num_done: int = 0
    status: EvaluationStatus = EvaluationStatus.GOING
    fault: str | None = None
    fault_values: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)


@dataclass(frozen=True)
class StoredOutcome:
    """Of the question ``item`` asked of ``variant``, both counted from 0; ``content`` is JSON."""

    variant: int
    item: int
    content: Mapping[str, Any]


class EvaluationStore:
    """Evaluations of each owner; EvaluationNotFound for one that is another's, too. The calls block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, owner: str, name: str, content: Mapping[str, Any], num_outcomes: int) -> StoredEvaluation:
        """Keep a new one, GOING. ``content`` is JSON: all that it takes to go on with it."""
        new = StoredEvaluation(name, num_outcomes)
        columns = {"id": new.id, "owner": owner, "name": name, "content": content, "num_outcomes": num_outcomes}
        columns |= {"status": new.status, "fault_values": {}, "created_at": new.created_at}
        with self._database.writing() as connection:
            connection.execute(insert(EVALUATIONS).values(columns | {"updated_at": new.updated_at}))
            return _read(connection, owner, new.id)

    def listed(self, owner: str) -> tuple[StoredEvaluation, ...]:
        """The newest first."""
        order = (EVALUATIONS.c.created_at.desc(), EVALUATIONS.c.id)
        statement = select(*_COLUMNS).where(EVALUATIONS.c.owner == owner).order_by(*order)
        with self._database.reading() as connection:
            return tuple(_evaluation(row._mapping) for row in connection.execute(statement))

    def going(self) -> tuple[tuple[str, str], ...]:
        """Owner and id of those of everybody that are to go on, the oldest first."""
        columns = (EVALUATIONS.c.owner, EVALUATIONS.c.id)
        statement = select(*columns).where(EVALUATIONS.c.status == EvaluationStatus.GOING)
        with self._database.reading() as connection:
            rows = connection.execute(statement.order_by(EVALUATIONS.c.created_at, EVALUATIONS.c.id))
            return tuple((row.owner, row.id) for row in rows)

    def get(self, owner: str, evaluation_id: str) -> StoredEvaluation:
        """How it stands."""
        with self._database.reading() as connection:
            return _read(connection, owner, evaluation_id)

    def content(self, owner: str, evaluation_id: str) -> Mapping[str, Any]:
        """What ``add`` was given."""
        statement = select(EVALUATIONS.c.content).where(_is(owner, evaluation_id))
        with self._database.reading() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise EvaluationNotFound
        content: Mapping[str, Any] = row.content
        return content

    def outcomes(self, owner: str, evaluation_id: str) -> tuple[StoredOutcome, ...]:
        """All there are by now, variant by variant, in the order of their questions."""
        table = EVALUATION_OUTCOMES.c
        columns = (table.variant, table.item, table.content)
        statement = select(*columns).where(table.evaluation_id == evaluation_id).order_by(table.variant, table.item)
        with self._database.reading() as connection:
            _read(connection, owner, evaluation_id)
            return tuple(StoredOutcome(**row._mapping) for row in connection.execute(statement))

    def put_outcome(self, owner: str, evaluation_id: str, outcome: StoredOutcome) -> None:
        """Keep it, unless that question was answered before: the first answer stays."""
        table = EVALUATION_OUTCOMES.c
        place = (table.evaluation_id == evaluation_id, table.variant == outcome.variant, table.item == outcome.item)
        with self._database.writing() as connection:
            _lock(connection, owner, evaluation_id)
            if connection.execute(select(table.item).where(*place)).first() is None:
                values = {"evaluation_id": evaluation_id, **vars(outcome)}
                connection.execute(insert(EVALUATION_OUTCOMES).values(values))
                _touch(connection, evaluation_id)

    def set_status(
        self,
        owner: str,
        evaluation_id: str,
        status: EvaluationStatus,
        fault: str | None = None,
        fault_values: Mapping[str, Any] | None = None,
    ) -> StoredEvaluation:
        """Say how it stands now."""
        values = {"status": status, "fault": fault, "fault_values": fault_values or {}}
        with self._database.writing() as connection:
            _lock(connection, owner, evaluation_id)
            _touch(connection, evaluation_id, **values)
            return _read(connection, owner, evaluation_id)

    def delete(self, owner: str, evaluation_id: str) -> None:
        """Forget it with all it gave, for good."""
        with self._database.writing() as connection:
            if not connection.execute(delete(EVALUATIONS).where(_is(owner, evaluation_id))).rowcount:
                raise EvaluationNotFound


_NUM_DONE = (
    select(func.count())
    .select_from(EVALUATION_OUTCOMES)
    .where(EVALUATION_OUTCOMES.c.evaluation_id == EVALUATIONS.c.id)
    .scalar_subquery()
)
_COLUMNS = [
    *(column for column in EVALUATIONS.columns if column.name not in ("owner", "content")),
    _NUM_DONE.label("num_done"),
]


def _is(owner: str, evaluation_id: str) -> ColumnElement[bool]:
    return (EVALUATIONS.c.id == evaluation_id) & (EVALUATIONS.c.owner == owner)


def _read(connection: Connection, owner: str, evaluation_id: str) -> StoredEvaluation:
    row = connection.execute(select(*_COLUMNS).where(_is(owner, evaluation_id))).one_or_none()
    if row is None:
        raise EvaluationNotFound
    return _evaluation(row._mapping)


def _lock(connection: Connection, owner: str, evaluation_id: str) -> None:
    """Two programs that go on with the same one write one after the other."""
    statement = select(EVALUATIONS.c.id).where(_is(owner, evaluation_id)).with_for_update()
    if connection.execute(statement).one_or_none() is None:
        raise EvaluationNotFound


def _touch(connection: Connection, evaluation_id: str, **values: Any) -> None:
    changed = update(EVALUATIONS).where(EVALUATIONS.c.id == evaluation_id)
    connection.execute(changed.values(updated_at=now(), **values))


def _evaluation(columns: Mapping[Any, Any]) -> StoredEvaluation:
    return StoredEvaluation(**{**columns, "status": EvaluationStatus(columns["status"])})
