"""Opens a database at the start of the program: whole, of a version that is known, and brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import URL, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from errors import DatabaseAddressInvalid, DatabaseDamaged, DatabaseTooNew, DatabaseUnreachable, DataNotEncrypted
from storage.data_key import FIRST_REVISION, StoredKey, cipher_for, new_cipher, stored_key
from storage.database import Database
from storage.schema import NEWEST_REVISION, REVISION_STATEMENT, REVISION_TABLE, TABLES
from storage.sealing import open_all, seal_all
from storage.sqlite_file import Look, back_up, look_at

_DRIVERS = {"sqlite": "sqlite", "postgres": "postgresql+pg8000", "postgresql": "postgresql+pg8000"}


def open_database(
    url: str,
    backup_dir: Path,
    migrate: Callable[[Database], None],
    data_key: str | None = None,
    on_sealing: Callable[[], None] = lambda: None,
) -> Database:
    """The database at ``url``, with the tables of this version.

    ``migrate`` (that of ``storage.migrating``, whose libraries take half a second to import) is called only when the
    tables are not there or are older. A SQLite file is copied into ``backup_dir`` before. With a ``data_key``, what
    people write is encrypted; what lies there plain is encrypted now, and ``on_sealing`` is called before. Raises
    DatabaseAddressInvalid, DatabaseUnreachable, DatabaseDamaged, DatabaseTooNew, DataKeyMissing or DataKeyWrong, which
    leave the database as it was, the last four byte for byte, or DataNotSealed.
    """
    with _opening(url) as database:
        look = _looked_at(database)
        stored = _stored_key(database, look)
        cipher = cipher_for(stored, data_key, database.address)
        _bring_up_to_date(database, look, backup_dir, migrate)
        if data_key is not None:
            cipher = cipher or new_cipher(database, data_key)
            if stored is None or not stored.is_whole:
                if look.revision is not None:
                    on_sealing()
                seal_all(database, cipher)
            database.seal_by(cipher)
    return database


def decrypt_database(url: str, backup_dir: Path, migrate: Callable[[Database], None], data_key: str | None) -> None:
    """From now on, it is opened without a key. Raises what ``open_database`` does, or DataNotEncrypted."""
    with _opening(url) as database:
        look = _looked_at(database)
        cipher = cipher_for(_stored_key(database, look), data_key, database.address)
        if cipher is None:
            raise DataNotEncrypted(address=database.address)
        _bring_up_to_date(database, look, backup_dir, migrate)
        open_all(database, cipher)
    database.close()


@contextmanager
def _opening(url: str) -> Iterator[Database]:
    """Closed again when it fails."""
    database = Database(_parsed(url))
    with ExitStack() as on_failure:
        on_failure.callback(database.close)
        try:
            yield database
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise DatabaseUnreachable(address=database.address) from error
        on_failure.pop_all()


def _looked_at(database: Database) -> Look:
    look = _look_at_server(database) if database.path is None else look_at(database.path)
    if not look.is_whole or (look.has_tables and look.revision is None):
        raise DatabaseDamaged(address=database.address)
    if look.revision is not None and look.revision > NEWEST_REVISION:
        raise DatabaseTooNew(address=database.address)
    return look


def _stored_key(database: Database, look: Look) -> StoredKey | None:
    return stored_key(database) if look.revision is not None and look.revision >= FIRST_REVISION else None


def _bring_up_to_date(database: Database, look: Look, backup_dir: Path, migrate: Callable[[Database], None]) -> None:
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
