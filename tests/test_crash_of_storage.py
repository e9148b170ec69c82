"""A program that is killed while it writes: what it was told is kept is there, and nothing is half there."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from storage.claims import Claims
from storage.conversations import ConversationStore
from storage.opening import open_database
from storage.records import MessageStatus
from tests.databases import assert_whole, not_needed, sqlite_url
from tests.storage_writer import OWNER

pytest_plugins = ["tests.storage_fixtures"]


def write_until_killed(path: Path, num_lines: int) -> list[list[str]]:
    """What the writer said before it was killed, somewhere after its ``num_lines``-th line."""
    command = [sys.executable, "-m", "tests.storage_writer", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(num_lines)]
        writer.kill()
        lines += writer.stdout.readlines()
    assert all(lines), "the writer ended by itself"
    return [json.loads(line) for line in lines if line.endswith("\n")]


def check_kept(path: Path, said: list[list[str]]) -> None:
    """Of each message at least the newest text that was acknowledged is there, and its record if that was."""
    database = open_database(sqlite_url(path), path.parent, not_needed)
    store = ConversationStore(database)
    trees = {conversation_id: store.tree(OWNER, conversation_id) for _, conversation_id, _, _ in said}
    for kind, conversation_id, message_id, text in said:
        message = trees[conversation_id].message(message_id)
        assert message.text.startswith(text)
        if kind == "recorded":
            record = store.record(OWNER, conversation_id, message_id)
            assert record == {"tokens": text.split(), "of": message_id}
    for conversation in store.listed(OWNER, limit=1_000_000):
        tree = store.tree(OWNER, conversation.id)
        assert len(tree.path) == len(tree.messages)
        assert all(store.record(OWNER, conversation.id, each.id) for each in tree.messages[:-1])
    Claims(database).settle_abandoned()
    newest = said[-1]
    assert store.tree(OWNER, newest[1]).message(newest[2]).status is MessageStatus.STOPPED
    database.close()
    assert_whole(path)


def kill_often(path: Path, times: int) -> None:
    draw = random.Random(7)
    said: list[list[str]] = []
    for _ in range(times):
        said_last = write_until_killed(path, draw.randint(1, 150))
        check_kept(path, said_last)
        said += said_last
    check_kept(path, said)


def test_killed_five_times_nothing_acknowledged_is_lost(sqlite_path: Path) -> None:
    kill_often(sqlite_path, 5)


@pytest.mark.slow
def test_killed_twenty_five_times_nothing_acknowledged_is_lost(sqlite_path: Path) -> None:
    kill_often(sqlite_path, 25)
