"""What the tests of the storage share: how they open databases, and what they ask of them afterwards."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage.conversations import ConversationStore
from storage.database import Database
from storage.migrating import migrate
from storage.notes import NoteStore
from storage.opening import open_database
from storage.records import Conversation, Message, Role
from storage.templates import TemplateStore

OLD_REVISION = "0002"
DATA_KEY = "q0VZ3mVd5rC1cUoX0gYb2m1sJw8nT4hR6kLpZ9aQeXU="  # 32 bytes, so that no test waits for a derivation
SEALED = "sealed.db"  # the name of a file that is encrypted with it

OpenDatabase = Callable[[str], Database]


def not_needed(database: Database) -> None:
    """In the place of the migration, where there must be none."""
    pytest.fail(f"{database.address} was to be migrated")


def to_old_revision(database: Database) -> None:
    migrate(database, OLD_REVISION)


def put_old_rows(database: Database) -> None:
    """One row of ana's in each table of the old revision, in the words of that revision."""
    moment = "'2025-03-01 12:30:00.000000'"
    rows = {
        "conversations": f"'c', 'ana', 'kept', 'kept', 'person', true, '{{}}', '', NULL, 'm', {moment}, {moment}, NULL",
        "messages": f"1, 'c', 'm', NULL, 'user', 'complete', 0, NULL, 1, {moment}, '{{}}', '[]', '{{}}', 'Hi', 'hi'",
        "records": "'c', 'm', :packed",
        "notes": f"'n', 'ana', 'counts', true, {moment}",
        "templates": f"""'t', 'ana', '{{"name":"mine"}}', {moment}, {moment}""",
    }
    with database.writing() as connection:
        for table, values in rows.items():
            parameters = {"packed": zlib.compress(b'{"runs":[]}')} if ":packed" in values else {}
            connection.execute(text(f"INSERT INTO {table} VALUES ({values})"), parameters)  # noqa: S608 written above


def assert_old_rows_are_there(database: Database) -> None:
    conversations = ConversationStore(database)
    (conversation,) = conversations.listed("ana")
    assert (conversation.title, conversation.room, conversation.is_pinned) == ("kept", "chat", True)
    assert texts(conversations, conversation) == ["Hi"]
    assert conversations.record("ana", "c", "m") == {"runs": []}
    assert [note.text for note in NoteStore(database).listed("ana")] == ["counts"]
    assert [template.content for template in TemplateStore(database).listed("ana")] == [{"name": "mine"}]


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def titles(database: Database) -> list[str]:
    return [conversation.title for conversation in ConversationStore(database).listed("ana")]


def set_revision(url: str, revision: str) -> None:
    database = open_database(url, Path(), not_needed)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    database.close()


def question(text: str = "hello", parent: Message | None = None, **fields: Any) -> Message:
    return Message(Role.USER, text, parent_id=parent.id if parent else None, **fields)


def add(store: ConversationStore, conversation: Conversation, message: Message, owner: str = "ana") -> Message:
    store.add(owner, conversation.id, message)
    return message


def texts(store: ConversationStore, conversation: Conversation, owner: str = "ana") -> list[str]:
    return [message.text for message in store.tree(owner, conversation.id).path]


def assert_whole(path: Path) -> None:
    """No page of the SQLite file is broken, no row refers to one that is not there."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
