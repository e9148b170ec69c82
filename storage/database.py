"""One way to SQLite and PostgreSQL: short transactions, from any thread, whose faults are StorageErrors."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from errors import StorageFailed, StorageFull
from storage.cipher import Cipher, cipher_of, put_cipher
from storage.records import new_id

BUSY_SECONDS = 5
SERVER_SECONDS = 60  # a server that is silent for so long is gone
_POSTGRES_DISK_FULL = "53100"

logger = logging.getLogger(__name__)


class Database:
    """A pool of connections.

    SQLite lets one writer in at a time, and who waits for it sleeps, tries again and may lose again: here they wait in
    line. With 30 that write at once, the unluckiest waits 0.4 s instead of 1.5 s.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self.instance = new_id()  # tells this process from others on the same server
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        self.writing_engine = self.engine.execution_options(is_writing=True)
        self._turn = threading.Lock() if self.is_sqlite else nullcontext()

    @property
    def path(self) -> Path | None:
        """The file, where the database is one."""
        return Path(str(self.url.database)) if self.is_sqlite else None

    @property
    def is_sealed(self) -> bool:
        """What people write lies encrypted in it."""
        return cipher_of(self.engine.dialect).is_sealing

    def seal_by(self, cipher: Cipher) -> None:
        """From now on; what lies there already must be sealed by it."""
        put_cipher(self.engine.dialect, cipher)

    @property
    def address(self) -> str:
        """What a person may be shown of the URL: never the password, wherever in it that stands."""
        if self.is_sqlite:
            return str(self.url.database)
        return URL.create(
            "postgresql", host=self.url.host, port=self.url.port, database=self.url.database
        ).render_as_string()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database, or fails with a StorageError."""
        with _faults(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is on the disk when this is left, or has changed nothing when it fails."""
        with self._turn, _faults(), self.writing_engine.begin() as connection:
            yield connection

    def check(self) -> None:
        """Have it answer from a table of ours. Raises StorageError."""
        with self.reading() as connection:
            connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()

    def close(self) -> None:
        """Close every connection; SQLite then folds its log into the file."""
        self.engine.dispose()


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except NoConnectionFree as error:
        raise StorageFailed from error
    except DBAPIError as error:
        name = getattr(error.orig, "sqlite_errorname", type(error.orig).__name__)
        logger.error("the database failed: %s", name)  # the kind alone: its text may hold somebody's
        raise (StorageFull if is_disk_full(error) else StorageFailed) from error


def is_disk_full(error: DBAPIError) -> bool:
    """Whether the database had no room, in the words of either driver."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return bool(code & 0xFF == sqlite3.SQLITE_FULL)
    fields = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return isinstance(fields, dict) and fields.get("C") == _POSTGRES_DISK_FULL


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # the driver begins no transactions of its own: ``begin`` below does
        connection.execute("PRAGMA journal_mode = WAL")  # who reads never waits for who writes
        connection.execute("PRAGMA synchronous = FULL")  # what was committed survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what was deleted is not left to be read in free pages

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer that began as a reader would be refused, without waiting, when another wrote in between.
        is_writing = connection.get_execution_options().get("is_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def _postgres_engine(url: URL) -> Engine:
    # Before each use a connection is asked whether it still lives: a server that was restarted costs no request.
    return create_engine(url, connect_args={"timeout": SERVER_SECONDS}, pool_pre_ping=True, hide_parameters=True)
