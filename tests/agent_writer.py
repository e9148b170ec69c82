"""Answers one question to the agent without end, to be killed: prints what is stored of it each time it was shown."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

from agents.steps import TextDelta, ToolCall, ToolResult
from storage.conversations import ConversationStore
from storage.notes import NoteStore
from storage.opening import open_database
from tests.agent_room import BORIC, OWNER, AgentRoom, Piece, ScriptedTurns
from tests.storage_writer import no_migration

QUESTION = "Who governs Chile?"
STEPS = (ToolCall("c1", "web_search", {"query": "Chile"}), ToolResult("c1", "web_search", "He", 0.1, sources=(BORIC,)))
WORD = "word "


def endless(question: str) -> Iterator[Piece]:
    return chain(STEPS, repeat(TextDelta(WORD)))


async def write(path: Path) -> None:
    shown = asyncio.Semaphore(0)  # a step each time the last one was shown
    database = open_database(f"sqlite:///{path}", path.parent, migrate=no_migration)
    turns = ScriptedTurns(endless, shown.acquire)
    room = AgentRoom(ConversationStore(database), NoteStore(database), turns)
    async for _ in room.answers.ask(room.here, QUESTION):
        message = room.branch[-1]
        record = room.answers.record(OWNER, room.id, message.id)
        said = [room.id, message.id, message.text, len(record.steps) if record else 0]
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        shown.release()


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
