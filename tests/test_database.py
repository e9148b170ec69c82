"""How a database is opened: damaged or too new, it is not touched; older, it is copied before it is changed."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from errors import (
    DatabaseAddressInvalid,
    DatabaseDamaged,
    DatabaseTooNew,
    DatabaseUnreachable,
)
from storage.collections import CollectionStore
from storage.database import Database
from storage.migrating import migrate
from storage.opening import open_database
from storage.schema import METADATA, NEWEST_REVISION
from storage.sqlite_file import NUM_BACKUPS
from tests.databases import (
    OLD_REVISION,
    OpenDatabase,
    assert_old_rows_are_there,
    not_needed,
    put_old_rows,
    set_revision,
    sqlite_url,
    titles,
    to_old_revision,
)

pytest_plugins = ["tests.storage_fixtures"]


def files(folder: Path) -> dict[str, str]:
    """Every file below ``folder`` by its name, with its content's fingerprint."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture
def old_path(tmp_path: Path) -> Path:
    """A database of an older version, with a row in each table."""
    path = tmp_path / "old.db"
    database = open_database(sqlite_url(path), tmp_path / "none", to_old_revision)
    put_old_rows(database)
    database.close()
    return path


def test_migrations_lead_to_the_tables_that_the_statements_name(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_newest_revision_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "storage/migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST_REVISION


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)]
)
def test_sqlite_is_set_to_lose_nothing(
    sqlite_path: Path, open_again: OpenDatabase, pragma: str, value: str | int
) -> None:
    with open_again(sqlite_url(sqlite_path)).reading() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_what_is_up_to_date_is_opened_without_alembic(sqlite_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from storage.opening import open_database\n"
        f"open_database({sqlite_url(sqlite_path)!r}, Path(), None).close()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_an_older_database_is_copied_then_brought_up_to_date(old_path: Path, tmp_path: Path) -> None:
    database = open_database(sqlite_url(old_path), tmp_path / "backups", migrate)
    assert_old_rows_are_there(database)
    assert CollectionStore(database).default("ana").name == ""
    database.close()
    (backup,) = (tmp_path / "backups").iterdir()
    assert f"-revision-{OLD_REVISION}" in backup.name
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT title FROM conversations").fetchall() == [("kept",)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(OLD_REVISION,)]


def test_what_a_killed_program_left_in_the_log_is_in_the_copy_too(old_path: Path, tmp_path: Path) -> None:
    insert = "INSERT INTO conversations SELECT 'x', owner, 'in the log', '', title_source, is_pinned, options, summary"
    program = (
        "import os, sqlite3\n"
        f"connection = sqlite3.connect({str(old_path)!r}, isolation_level=None)\n"
        f"connection.execute({insert!r} ', NULL, NULL, created_at, updated_at, NULL FROM conversations')\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert old_path.with_name("old.db-wal").stat().st_size > 0
    database = open_database(sqlite_url(old_path), tmp_path / "backups", migrate)
    assert sorted(titles(database)) == ["in the log", "kept"]
    database.close()
    (backup,) = (tmp_path / "backups").iterdir()
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (2,)


def test_only_the_newest_copies_stay(old_path: Path, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    seen: list[str] = []
    for number in range(NUM_BACKUPS + 2):
        path = Path(shutil.copy(old_path, tmp_path / "tertulia.db"))
        open_database(sqlite_url(path), backups, migrate).close()
        path.unlink()
        seen += sorted(set(files(backups)) - set(seen))
        assert len(seen) == number + 1
    assert sorted(files(backups)) == seen[-NUM_BACKUPS:]


def test_a_migration_that_breaks_off_has_changed_nothing(old_path: Path, tmp_path: Path) -> None:
    """The last table it makes is there already: it fails after it made the others."""
    with closing(sqlite3.connect(old_path)) as connection:
        connection.execute("CREATE TABLE triples (mine TEXT)")
    with pytest.raises(DatabaseUnreachable):
        open_database(sqlite_url(old_path), tmp_path / "backups", migrate)
    with closing(sqlite3.connect(old_path)) as connection:
        connection.execute("DROP TABLE triples")
    database = open_database(sqlite_url(old_path), tmp_path / "backups", migrate)
    assert titles(database) == ["kept"]
    database.close()


@pytest.mark.parametrize("revision", ["0008", "9999", "3f2a77c01b2d"])
def test_a_newer_database_is_left_as_it_is(sqlite_path: Path, tmp_path: Path, revision: str) -> None:
    set_revision(sqlite_url(sqlite_path), revision)
    before = files(tmp_path)
    with pytest.raises(DatabaseTooNew) as caught:
        open_database(sqlite_url(sqlite_path), tmp_path / "backups", not_needed)
    assert caught.value.values == {"address": str(sqlite_path)}
    assert files(tmp_path) == before


def overwrite(path: Path, start: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(content)


@pytest.mark.parametrize("damage", ["no database", "header", "page", "cut", "another program's"])
def test_a_damaged_database_is_left_as_it_is(sqlite_path: Path, tmp_path: Path, damage: str) -> None:
    if damage == "no database":
        sqlite_path.write_text("Dear diary, " * 100)
    elif damage == "header":
        overwrite(sqlite_path, 0, b"\xff" * 100)
    elif damage == "page":
        overwrite(sqlite_path, 4096, b"\xa5" * 4096)
    elif damage == "cut":
        sqlite_path.write_bytes(sqlite_path.read_bytes()[:9_000])
    else:
        sqlite_path.unlink()
        with closing(sqlite3.connect(sqlite_path)) as connection:
            connection.execute("CREATE TABLE bookmarks (url TEXT)")
    before = files(tmp_path)
    with pytest.raises(DatabaseDamaged):
        open_database(sqlite_url(sqlite_path), tmp_path / "backups", not_needed)
    assert files(tmp_path) == before


def test_a_folder_in_the_place_of_the_file_is_said_to_be_unusable(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable):
        open_database(sqlite_url(tmp_path), tmp_path / "backups", not_needed)


@pytest.mark.parametrize("url", ["", "tertulia.db", "mysql://ana:secret@here/db", "postgresql://ana:secret@here:port/"])
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseAddressInvalid) as caught:
        open_database(url, tmp_path, not_needed)
    assert caught.value.values == {}
    assert caught.value.__cause__ is None
