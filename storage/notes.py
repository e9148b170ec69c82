"""What owners want remembered in later conversations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from errors import NoteNotFound
from storage.database import Database
from storage.records import Note
from storage.rows import NOTE_COLUMNS, note_of
from storage.schema import NOTES


class NoteStore:
    """Notes of each owner; NoteNotFound for one that is another's, too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, owner: str) -> tuple[Note, ...]:
        """All of them, oldest first."""
        statement = select(*NOTE_COLUMNS).where(NOTES.c.owner == owner).order_by(NOTES.c.created_at, NOTES.c.id)
        with self._database.reading() as connection:
            return tuple(note_of(row) for row in connection.execute(statement))

    def add(self, owner: str, text: str) -> Note:
        """Keep a new note; it is on."""
        note = Note(text=text)
        with self._database.writing() as connection:
            connection.execute(
                insert(NOTES).values(id=note.id, owner=owner, text=text, is_on=True, created_at=note.created_at)
            )
            return note_of(connection.execute(select(*NOTE_COLUMNS).where(_is(owner, note.id))).one())

    def change(self, owner: str, note_id: str, *, text: str | None = None, is_on: bool | None = None) -> Note:
        """Change what is given."""
        values: dict[str, Any] = {} if text is None else {"text": text}
        if is_on is not None:
            values["is_on"] = is_on
        with self._database.writing() as connection:
            if values:
                connection.execute(update(NOTES).where(_is(owner, note_id)).values(values))
            row = connection.execute(select(*NOTE_COLUMNS).where(_is(owner, note_id))).one_or_none()
            if row is None:
                raise NoteNotFound
            return note_of(row)

    def delete(self, owner: str, note_id: str) -> None:
        """Forget the note, for good."""
        with self._database.writing() as connection:
            if not connection.execute(delete(NOTES).where(_is(owner, note_id))).rowcount:
                raise NoteNotFound


def _is(owner: str, note_id: str) -> ColumnElement[bool]:
    return (NOTES.c.id == note_id) & (NOTES.c.owner == owner)
