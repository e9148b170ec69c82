"""Encrypts a database that was plain until now, or decrypts one: batch by batch, and killed in between, it goes on.

What is sealed already is known by its opening under the key, so that nothing needs to be remembered of how far it was.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, Row, Text, and_, bindparam, column, select, table, tuple_, update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError

from errors import DataNotSealed
from storage.cipher import KeyCipher, as_text, from_text
from storage.columns import Sealed, SealedBytes
from storage.data_key import forget_key, key_in, set_whole, stored_key
from storage.database import Database
from storage.schema import METADATA
from storage.sqlite_file import backups_of, reader

ROWS = 50  # of one transaction: the record of an answer may be a megabyte
_LOCK = 7_263_112_016  # any number nobody else locks by
_ASKED_AGAIN_S = 0.5

Change = Callable[[Any, str], Any]  # of what lies in a column, text or bytes, at a place


def seal_all(database: Database, cipher: KeyCipher) -> None:
    """Encrypt what is plain, and leave no plain bytes in the files. Raises DataNotSealed when it broke off."""
    with _faults(database), _alone(database):
        if (stored := stored_key(database)) is not None and stored.is_whole:  # by another replica, meanwhile
            return
        _rewrite(database, partial(_sealed, cipher))
        _wipe(database)
        with database.writing_engine.begin() as connection:
            set_whole(connection, True)


def open_all(database: Database, cipher: KeyCipher) -> None:
    """Decrypt everything, and forget the key. Raises DataNotSealed when it broke off.

    What does not open, because somebody changed it, stays as it is.
    """
    with _faults(database), _alone(database):
        with database.writing_engine.begin() as connection:
            set_whole(connection, False)
        _rewrite(database, partial(_opened, cipher))
        with database.writing_engine.begin() as connection:
            forget_key(connection)


def plain_backups(database: Database, folder: Path) -> list[Path]:
    """Copies of the file that were made before all in it was encrypted, or that nobody can tell of."""
    return [] if database.path is None else [one for one in backups_of(database.path, folder) if not _is_whole(one)]


def _is_whole(backup: Path) -> bool:
    try:
        with closing(reader(backup)) as connection:
            stored = key_in(connection)
    except sqlite3.Error:  # it has no such table: it is of an older version
        return False
    return stored is not None and stored.is_whole


class _Target:
    """A table that holds what people write; here, its columns are what lies in them and no more."""

    def __init__(self, name: str) -> None:
        described = METADATA.tables[name]
        sealed = _sealed_columns(name)
        self.places: Final = {each: f"{name}.{each}" for each in sealed}
        self.key: Final = [each.name for each in described.primary_key.columns]
        columns: list[Any] = [column(each.name, each.type) for each in described.primary_key.columns]
        columns += [column(each, LargeBinary() if is_bytes else Text()) for each, is_bytes in sealed.items()]
        self.table: Final = table(name, *columns)

    def rows_after(self, connection: Connection, last: Sequence[Any] | None) -> Sequence[Row[Any]]:
        keys = [self.table.c[name] for name in self.key]
        statement = select(self.table).order_by(*keys).limit(ROWS)
        if last is not None:
            statement = statement.where(tuple_(*keys) > tuple_(*last))
        return connection.execute(statement).all()

    def write(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        is_row = and_(*(self.table.c[name] == bindparam(f"old_{name}") for name in self.key))
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in self.places}
        connection.execute(update(self.table).where(is_row).values(values), rows)

    def changed(self, row: Row[Any], change: Change) -> dict[str, Any] | None:
        """What ``write`` takes; None where nothing is to be changed."""
        old = row._mapping
        new = {name: change(old[name], place) for name, place in self.places.items()}
        if all(new[name] == old[name] for name in new):
            return None
        return {f"old_{name}": old[name] for name in self.key} | {f"new_{name}": new[name] for name in new}


def _sealed_columns(name: str) -> dict[str, bool]:
    """Those of a table, and whether they hold bytes."""
    columns = METADATA.tables[name].columns
    return {
        each.name: isinstance(each.type, SealedBytes) for each in columns if isinstance(each.type, Sealed | SealedBytes)
    }


def _rewrite(database: Database, change: Change) -> None:
    for target in [_Target(name) for name in sorted(METADATA.tables) if _sealed_columns(name)]:
        last: list[Any] | None = []
        while last is not None:
            last = _rewrite_some(database, target, last, change)


def _rewrite_some(database: Database, target: _Target, last: list[Any], change: Change) -> list[Any] | None:
    """The key of the last row that was looked at; None when none was left."""
    with database.writing_engine.begin() as connection:
        rows = target.rows_after(connection, last or None)
        changed = [new for row in rows if (new := target.changed(row, change)) is not None]
        if changed:
            target.write(connection, changed)
    return [rows[-1]._mapping[name] for name in target.key] if rows else None


def _sealed(cipher: KeyCipher, value: Any, place: str) -> Any:
    """Whoever wrote it while it was plain cannot make it look like what is sealed: that would have to open."""
    if _tried(cipher, value, place) is not None:
        return value
    return as_text(cipher.seal(value.encode(), place)) if isinstance(value, str) else cipher.seal(value, place)


def _opened(cipher: KeyCipher, value: Any, place: str) -> Any:
    content = _tried(cipher, value, place)
    if content is None:
        return value
    return content.decode() if isinstance(value, str) else content


def _tried(cipher: KeyCipher, value: Any, place: str) -> bytes | None:
    return cipher.tried(from_text(value) if isinstance(value, str) else bytes(value), place)


def _wipe(database: Database) -> None:
    """Write the tables anew, so that what was written over is not left beside what is there now."""
    with _outside_transactions(database) as cursor:
        if not database.is_sqlite:
            names = [name for name in sorted(METADATA.tables) if _sealed_columns(name)]
            cursor.execute(f"VACUUM (FULL) {', '.join(names)}")
            return
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if _first(cursor):  # another program reads the file: its log cannot be emptied
            raise DataNotSealed(address=database.address)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Of the replicas that start at once, one does it; a SQLite file has only one.

    The others ask now and then and wait in no statement: while it lasts, a server throws away nothing that was there
    when it began, and what was plain would stay.
    """
    if database.is_sqlite:
        yield
        return
    with _outside_transactions(database) as cursor:
        while not _is_ours(cursor):
            time.sleep(_ASKED_AGAIN_S)
        yield


def _is_ours(cursor: DBAPICursor) -> bool:
    cursor.execute(f"SELECT pg_try_advisory_lock({_LOCK})")  # until the connection ends
    return _first(cursor)


def _first(cursor: DBAPICursor) -> bool:
    row = cursor.fetchone()
    return row is not None and bool(row[0])


@contextmanager
def _outside_transactions(database: Database) -> Iterator[DBAPICursor]:
    """Of a connection that is closed afterwards."""
    connection = database.engine.raw_connection()
    try:
        if not database.is_sqlite:  # where we begin transactions ourselves
            connection.rollback()  # of the one that asked whether the connection lives
            assert connection.driver_connection is not None
            connection.driver_connection.autocommit = True
        yield connection.cursor()
    finally:
        connection.invalidate()


@contextmanager
def _faults(database: Database) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, database.engine.dialect.loaded_dbapi.Error) as error:
        raise DataNotSealed(address=database.address) from error
