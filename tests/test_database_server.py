"""A database on a PostgreSQL server, which may be away, refuse us, or be shared with others."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from errors import (
    DatabaseDamaged,
    DatabaseTooNew,
    DatabaseUnreachable,
    StorageFailed,
)
from storage.collections import CollectionStore
from storage.database import Database
from storage.migrating import migrate
from storage.notes import NoteStore
from storage.opening import open_database
from tests.databases import (
    OpenDatabase,
    assert_old_rows_are_there,
    not_needed,
    put_old_rows,
    set_revision,
    titles,
    to_old_revision,
)
from tests.postgres import PASSWORD, PostgresServer, free_port

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def new_url(postgres: PostgresServer, request: pytest.FixtureRequest) -> str:
    return postgres.new_database(request.node.name)


def test_servers_that_start_at_once_migrate_once(new_url: str, tmp_path: Path) -> None:
    start = threading.Barrier(4)

    def migrate_together(database: Database) -> None:
        start.wait()
        migrate(database)

    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: open_database(new_url, tmp_path, migrate_together), range(4)))
    assert titles(opened[0]) == []
    for database in opened:
        database.close()


def test_an_older_server_database_is_brought_up_to_date(new_url: str, tmp_path: Path) -> None:
    database = open_database(new_url, tmp_path, to_old_revision)
    put_old_rows(database)
    database.close()
    database = open_database(new_url, tmp_path, migrate)
    assert_old_rows_are_there(database)
    assert CollectionStore(database).default("ana").name == ""
    database.close()


def test_a_newer_server_database_is_refused(new_url: str, tmp_path: Path) -> None:
    open_database(new_url, tmp_path, migrate).close()
    set_revision(new_url, "9999")
    with pytest.raises(DatabaseTooNew):
        open_database(new_url, tmp_path, not_needed)


@pytest.mark.parametrize(("table", "is_refused"), [("bookmarks", False), ("notes", True)])
def test_tables_of_others_may_be_there_but_none_of_our_names(
    new_url: str, tmp_path: Path, table: str, is_refused: bool
) -> None:
    def make_table(database: Database) -> None:
        with database.writing() as connection:
            connection.execute(text(f"CREATE TABLE {table} (url TEXT)"))

    open_database(new_url, tmp_path, make_table).close()
    if is_refused:
        with pytest.raises(DatabaseDamaged):
            open_database(new_url, tmp_path, migrate)
    else:
        open_database(new_url, tmp_path, migrate).close()


@pytest.mark.parametrize("fault", ["no server", "no such database", "wrong password"])
def test_a_server_that_cannot_be_used_is_named_without_the_password(
    postgres: PostgresServer, tmp_path: Path, fault: str
) -> None:
    url = {
        "no server": postgres.url().replace(f":{postgres.port}/", f":{free_port()}/"),
        "no such database": postgres.url("nowhere"),
        "wrong password": postgres.url(password="secret") + "?password=secret",
    }[fault]
    with pytest.raises(DatabaseUnreachable) as caught:
        open_database(url, tmp_path, not_needed)
    address = str(caught.value.values["address"])
    assert address.startswith("postgresql://127.0.0.1:")
    assert "secret" not in address
    assert PASSWORD not in address


def test_a_server_that_goes_away_fails_requests_and_coming_back_serves_them(
    postgres: PostgresServer, postgres_url: str, open_again: OpenDatabase
) -> None:
    notes = NoteStore(open_again(postgres_url))
    note = notes.add("ana", "before")
    postgres.stop()
    try:
        with pytest.raises(StorageFailed):
            notes.add("ana", "meanwhile")
    finally:
        postgres.start()
    assert notes.listed("ana") == (note,)
    notes.delete("ana", note.id)
