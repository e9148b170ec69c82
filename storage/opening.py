"""Opens a database at the start of the program: whole, of a version that is known, and brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import URL, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from errors import DatabaseAddressInvalid, DatabaseDamaged, DatabaseTooNew, DatabaseUnreachable
from storage.database import Database
from storage.schema import NEWEST_REVISION, REVISION_STATEMENT, REVISION_TABLE, TABLES
from storage.sqlite_file import Look, back_up, look_at

_DRIVERS = {"sqlite": "sqlite", "postgres": "postgresql+pg8000", "postgresql": "postgresql+pg8000"}


def open_database(url: str, backup_dir: Path, migrate: Callable[[Database], None]) -> Database:
    """The database at ``url``, with the tables of this version.

    ``migrate`` (that of ``storage.migrating``, whose libraries take half a second to import) is called only when the
    tables are not there or are older. A SQLite file is copied into ``backup_dir`` before. Raises
    DatabaseAddressInvalid, DatabaseUnreachable, DatabaseDamaged or DatabaseTooNew; the last two leave the database as
    it was, byte for byte.
    """
    database = Database(_parsed(url))
    with ExitStack() as on_failure:
        on_failure.callback(database.close)
        try:
            _bring_up_to_date(database, backup_dir, migrate)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise DatabaseUnreachable(address=database.address) from error
        on_failure.pop_all()
    return database


def _bring_up_to_date(database: Database, backup_dir: Path, migrate: Callable[[Database], None]) -> None:
    look = _look_at_server(database) if database.path is None else look_at(database.path)
    if not look.is_whole or (look.has_tables and look.revision is None):
        raise DatabaseDamaged(address=database.address)
    if look.revision is not None and look.revision > NEWEST_REVISION:
        raise DatabaseTooNew(address=database.address)
    if look.revision != NEWEST_REVISION:
        if database.path is not None and look.revision is not None:
            back_up(database.path, backup_dir, look.revision)
        migrate(database)
    with database.writing_engine.begin():  # a file that may not be written fails now, not at the first message
        pass


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        driver = _DRIVERS[parsed.drivername]
    except (ArgumentError, KeyError, ValueError):
        raise DatabaseAddressInvalid from None  # the causes may show the password
    if driver == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseAddressInvalid
    return parsed.set(drivername=driver)


def _look_at_server(database: Database) -> Look:
    """Tables of others do not matter, as long as none has the name of one of ours."""
    with database.engine.connect() as connection:
        names = set(inspect(connection).get_table_names())
        revision = connection.execute(text(REVISION_STATEMENT)).scalar() if REVISION_TABLE in names else None
    return Look(is_whole=True, has_tables=bool(names & TABLES), revision=revision)
