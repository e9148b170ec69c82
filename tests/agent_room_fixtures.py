"""Rooms of the agent over a database in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.conversations import ConversationStore
from storage.database import Database
from storage.notes import NoteStore
from tests.agent_room import AgentRoom, AgentRoomOf, Script, ScriptedTurns, president


@pytest.fixture
def agent_room(sqlite_path: Path, open_again: Callable[[str], Database]) -> AgentRoomOf:
    database = open_again(f"sqlite:///{sqlite_path}")

    def make(script: Script = president, **fields: Any) -> AgentRoom:
        turns = fields.pop("turns", None) or ScriptedTurns(script, fields.pop("pace", None))
        store = fields.pop("store", ConversationStore)(database)
        return AgentRoom(store, NoteStore(database), turns, **fields)

    return make
