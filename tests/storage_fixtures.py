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
from tests.databases import OpenDatabase, not_needed, sqlite_url
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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Of an empty database of either kind."""
    if request.param == "sqlite":
        return sqlite_url(request.getfixturevalue("sqlite_path"))
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def open_again(tmp_path: Path) -> Iterator[OpenDatabase]:
    """Opens databases that need no migration; all are closed at the end."""
    opened: list[Database] = []

    def open_one(url: str) -> Database:
        opened.append(open_database(url, tmp_path / "backups", not_needed))
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
