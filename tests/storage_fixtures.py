"""Databases for tests, loaded by them as a plugin. ``database`` runs a test once for each kind there is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.conversations import ConversationStore
from storage.database import Database
from storage.migrating import migrate
from storage.opening import open_database
from storage.schema import METADATA
from tests.databases import DATA_KEY, SEALED, OpenDatabase, not_needed, sqlite_url
from tests.postgres import PostgresServer, running_server, server_binaries


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("NO POSTGRESQL HERE: its half of the storage is not tested (Debian: apt install postgresql)")
    with running_server(binaries) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with its tables, for all tests that leave it as they found it."""
    url = postgres.new_database("shared")
    open_database(url, tmp_path_factory.mktemp("backups"), migrate).close()
    return url


@pytest.fixture(scope="session")
def sqlite_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables, to be copied."""
    folder = tmp_path_factory.mktemp("original")
    open_database(sqlite_url(folder / "tertulia.db"), folder, migrate).close()
    return folder / "tertulia.db"


@pytest.fixture
def sqlite_path(sqlite_original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_original, tmp_path))


@pytest.fixture(scope="session")
def sealed_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, encrypted."""
    folder = tmp_path_factory.mktemp("sealed")
    open_database(sqlite_url(folder / SEALED), folder, migrate, DATA_KEY).close()
    return folder / SEALED


@pytest.fixture(params=["sqlite", "sealed", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database of either kind, and of one that is encrypted."""
    if request.param == "sqlite":
        return sqlite_url(request.getfixturevalue("sqlite_path"))
    if request.param == "sealed":
        return sqlite_url(Path(shutil.copy(request.getfixturevalue("sealed_original"), tmp_path)))
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def open_again(tmp_path: Path) -> Iterator[OpenDatabase]:
    """Opens databases that need no migration; all are closed at the end."""
    opened: list[Database] = []

    def open_one(url: str) -> Database:
        data_key = DATA_KEY if url.endswith(SEALED) else None
        opened.append(open_database(url, tmp_path / "backups", not_needed, data_key))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(database_url: str, open_again: OpenDatabase) -> Iterator[Database]:
    database = open_again(database_url)
    yield database
    if not database.is_sqlite:
        with database.writing() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(table.delete())


@pytest.fixture
def store(database: Database) -> ConversationStore:
    return ConversationStore(database)
