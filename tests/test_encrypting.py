"""Encrypting a database that was plain, and decrypting it: killed at any moment, nothing is lost; on a server too."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from errors import DataKeyMissing, DataKeyWrong
from storage.conversations import ConversationStore
from storage.database import Database
from storage.migrating import migrate
from storage.opening import decrypt_database, open_database
from storage.records import Conversation, Message, Role
from tests.databases import DATA_KEY, OpenDatabase, assert_whole, not_needed, sqlite_url
from tests.postgres import PostgresServer

pytest_plugins = ["tests.storage_fixtures"]

MARKER = "xylophon"
NUM_MESSAGES = 200
TRANSACTIONS = 12  # about as many as it takes


def fill(database: Database) -> None:
    messages = [Message(Role.USER, f"{MARKER} {number} " + "x" * 3_000) for number in range(NUM_MESSAGES)]
    records = {message.id: {"prompt": message.text} for message in messages}
    ConversationStore(database).add_tree("ana", Conversation(title=MARKER), messages, records)


def all_kept(database: Database) -> dict[str, object]:
    """Each message with its record."""
    store = ConversationStore(database)
    (conversation,) = store.listed("ana")
    messages = store.tree("ana", conversation.id).messages
    return {message.text: store.record("ana", conversation.id, message.id) for message in messages}


@pytest.fixture
def full_path(sqlite_path: Path, open_again: OpenDatabase) -> Path:
    with closing(open_again(sqlite_url(sqlite_path))) as database:
        fill(database)
    return sqlite_path


def run_until_killed(aim: str, path: Path, num_lines: int) -> bool:
    """Whether the program was killed before it was done, somewhere after its ``num_lines``-th transaction."""
    command = [sys.executable, "-m", "tests.sealing_program", aim, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        for _ in range(num_lines):
            program.stdout.readline()
        program.kill()
    return program.returncode != 0


def kill_often(path: Path, times: int) -> None:
    """Encrypting, then decrypting; at the end, each is done and all is there."""
    with closing(open_database(sqlite_url(path), path.parent, not_needed)) as database:
        kept = all_kept(database)
    draw = random.Random(7)
    assert sum(run_until_killed("seal", path, draw.randint(2, TRANSACTIONS)) for _ in range(times)) > 0
    assert_whole(path)
    with pytest.raises(DataKeyMissing):
        open_database(sqlite_url(path), path.parent, not_needed)
    with closing(open_database(sqlite_url(path), path.parent, not_needed, DATA_KEY)) as database:
        assert all_kept(database) == kept
        assert MARKER.encode() not in path.read_bytes() + path.with_name(f"{path.name}-wal").read_bytes()
    assert sum(run_until_killed("open", path, draw.randint(2, TRANSACTIONS)) for _ in range(times)) > 0
    assert_whole(path)
    if has_key(path):
        decrypt_database(sqlite_url(path), path.parent, not_needed, DATA_KEY)
    with closing(open_database(sqlite_url(path), path.parent, not_needed)) as database:
        assert all_kept(database) == kept


def has_key(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM data_key").fetchall() == [(1,)]


def test_killed_three_times_all_is_there(full_path: Path) -> None:
    kill_often(full_path, 3)


@pytest.mark.slow
def test_killed_fifteen_times_all_is_there(full_path: Path) -> None:
    kill_often(full_path, 15)


def test_a_server_database_is_encrypted_and_decrypted(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.new_database("to_encrypt")
    with closing(open_database(url, tmp_path, migrate)) as database:
        fill(database)
        kept = all_kept(database)
    with closing(open_database(url, tmp_path, not_needed, DATA_KEY)) as database:
        assert all_kept(database) == kept
        with database.reading() as connection:
            assert (
                connection.execute(text("SELECT count(*) FROM messages WHERE text LIKE 'sealed1:%'")).scalar()
                == NUM_MESSAGES
            )
        assert (store := ConversationStore(database)).listed("ana", f"{MARKER} {NUM_MESSAGES - 1}") == store.listed(
            "ana"
        )
    assert MARKER not in files_of(postgres, url)
    with pytest.raises(DataKeyMissing):
        open_database(url, tmp_path, not_needed)
    with pytest.raises(DataKeyWrong):
        open_database(url, tmp_path, not_needed, "another pass phrase")
    decrypt_database(url, tmp_path, not_needed, DATA_KEY)
    with closing(open_database(url, tmp_path, not_needed)) as database:
        assert all_kept(database) == kept


def files_of(postgres: PostgresServer, url: str) -> str:
    """What lies in the tables of the server, after it wrote down what it had to."""
    with closing(open_database(url, Path(), not_needed, DATA_KEY)) as database, database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("CHECKPOINT")
    files = (path for path in (postgres.folder / "data" / "base").rglob("*") if path.is_file())
    return "".join(path.read_bytes().decode("latin-1") for path in files)


def test_replicas_that_start_at_once_with_a_new_key_encrypt_once(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.new_database("encrypted_together")
    with closing(open_database(url, tmp_path, migrate)) as database:
        fill(database)
        kept = all_kept(database)
    start = threading.Barrier(3)

    def begin(_: int) -> Database:
        start.wait()
        return open_database(url, tmp_path, not_needed, DATA_KEY)

    with ThreadPoolExecutor(3) as threads:
        opened = list(threads.map(begin, range(3)))
    for database in opened:
        assert all_kept(database) == kept
        database.close()
