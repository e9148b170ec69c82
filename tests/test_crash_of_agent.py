"""A program that is killed in the middle of a turn of the agent: question, text and steps are there afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.record import agent_record
from storage.claims import Claims
from storage.conversations import ConversationStore
from storage.database import Database
from storage.records import MessageStatus
from tests.agent_room import BORIC, OWNER
from tests.agent_writer import QUESTION, STEPS, WORD
from tests.databases import assert_whole, sqlite_url

pytest_plugins = ["tests.storage_fixtures"]

Said = tuple[str, str, str, int]  # the conversation, the answer, its text, and how many steps are stored


def write_until(path: Path, is_enough: Callable[[Said], bool]) -> Said:
    """What the writer said before it was killed."""
    command = [sys.executable, "-m", "tests.agent_writer", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            said: Said = tuple(json.loads(line))
            if is_enough(said):
                writer.kill()
                return said
    pytest.fail("the writer ended by itself")


@pytest.mark.parametrize(
    "is_enough", [lambda said: said[3] == 1, lambda said: said[2]], ids=["between a call and its result", "in the text"]
)
def test_what_was_stored_of_a_turn_is_there(
    sqlite_path: Path, open_again: Callable[[str], Database], is_enough: Callable[[Said], Any]
) -> None:
    conversation_id, message_id, text, num_steps = write_until(sqlite_path, is_enough)
    database = open_again(sqlite_url(sqlite_path))
    store = ConversationStore(database)
    Claims(database).settle_abandoned()
    question, answer = store.tree(OWNER, conversation_id).path
    assert (question.text, answer.id, answer.status) == (QUESTION, message_id, MessageStatus.STOPPED)
    assert answer.text.startswith(text)
    assert set(answer.text.split()) <= {WORD.strip()}
    record = agent_record(store.record(OWNER, conversation_id, message_id))
    assert record is not None
    assert num_steps <= len(record.steps) <= len(STEPS)
    assert record.told == STEPS[: len(record.steps)]
    assert record.told_sources == ((BORIC,) if len(record.steps) == len(STEPS) else ())
    assert store.get(OWNER, conversation_id).title == QUESTION
    assert_whole(sqlite_path)
