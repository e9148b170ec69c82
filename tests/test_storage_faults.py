"""What fails while the program runs: what was kept before stays, what was refused was not kept by half."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from errors import (
    DataFolderInUse,
    StorageFailed,
    StorageFull,
)
from storage.conversations import ConversationStore
from storage.database import Database
from storage.folder_lock import lock_folder
from storage.notes import NoteStore
from storage.opening import open_database
from storage.records import Message, Role
from tests.databases import (
    OpenDatabase,
    assert_whole,
    not_needed,
    sqlite_url,
)

pytest_plugins = ["tests.storage_fixtures"]


def write_until_full(store: ConversationStore) -> list[str]:
    """Texts of the messages that were acknowledged before one was refused for want of room."""
    conversation = store.create("ana")
    kept: list[str] = []
    while True:
        message = Message(Role.USER, f"{len(kept)} " + "x" * 20_000)
        try:
            store.add("ana", conversation.id, message)
        except StorageFull:
            return kept
        kept.append(message.text)


def all_texts(store: ConversationStore) -> list[str]:
    (conversation,) = store.listed("ana")
    return [message.text for message in store.tree("ana", conversation.id).messages]


def test_a_full_database_refuses_and_keeps_what_it_has(sqlite_path: Path, open_again: OpenDatabase) -> None:
    database = open_again(sqlite_url(sqlite_path))
    database.close()  # the connections to come are those that are limited

    @event.listens_for(database.engine, "connect")
    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 100")

    store = ConversationStore(database)
    kept = write_until_full(store)
    assert 1 <= len(kept) < 20
    assert all_texts(store) == kept
    database.close()
    assert_whole(sqlite_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mounting, stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("this user may not mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_refuses_and_with_room_again_all_goes_on(small_disk: Path, sqlite_original: Path) -> None:
    path = Path(shutil.copy(sqlite_original, small_disk))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    database = open_database(sqlite_url(path), small_disk, not_needed)
    store = ConversationStore(database)
    kept = write_until_full(store)
    assert all_texts(store) == kept
    ballast.unlink()
    store.add("ana", store.listed("ana")[0].id, Message(Role.USER, "there is room"))
    database.close()
    assert_whole(path)
    database = open_database(sqlite_url(path), small_disk, not_needed)
    assert all_texts(ConversationStore(database)) == [*kept, "there is room"]
    database.close()


def test_a_database_broken_while_it_is_used_fails_the_request(sqlite_path: Path, open_again: OpenDatabase) -> None:
    database = open_again(sqlite_url(sqlite_path))
    with database.writing() as connection:
        connection.execute(text("DROP TABLE notes"))
    with pytest.raises(StorageFailed):
        NoteStore(database).listed("ana")


def test_what_fails_halfway_is_undone(database: Database) -> None:
    store = ConversationStore(database)
    conversation = store.create("ana", title="first")
    message = Message(Role.USER, "hello")
    store.add("ana", conversation.id, message)
    before = store.get("ana", conversation.id)
    with pytest.raises(StorageFailed):  # its id is taken, which shows after its conversation was touched
        store.add("ana", conversation.id, message)
    assert store.get("ana", conversation.id) == before


def test_a_folder_belongs_to_one_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from storage.folder_lock import lock_folder\n"
        f"lock = lock_folder(Path({str(tmp_path)!r})); print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(DataFolderInUse) as caught:
            lock_folder(tmp_path)
        other.kill()
    assert caught.value.values == {"path": tmp_path}
    lock_folder(tmp_path).release()
    lock_folder(tmp_path).release()
