"""A program that keeps messages as fast as it can, to be killed: prints each id when it was acknowledged."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

from storage.conversations import ConversationStore
from storage.database import Database
from storage.opening import open_database
from storage.records import Message, MessageStatus, Role

OWNER = "ana"
PARTS = 3  # times an answer is saved while it grows


def text_of(conversation: int, number: int) -> str:
    return f"{conversation}.{number} " + "palabra " * 200


def say(kind: str, conversation_id: str, message_id: str, text: str) -> None:
    sys.stdout.write(json.dumps([kind, conversation_id, message_id, text]) + "\n")
    sys.stdout.flush()


def no_migration(database: Database) -> None:
    """Alembic is not imported here: it would double the time that each start takes."""
    raise AssertionError(database.address)


def write(path: Path) -> None:
    store = ConversationStore(open_database(f"sqlite:///{path}", path.parent, migrate=no_migration))
    for conversation_number in count():
        conversation = store.create(OWNER)
        parent_id = None
        for number in range(20):
            text = text_of(conversation_number, number)
            answer = Message(Role.ASSISTANT, "", MessageStatus.ANSWERING, parent_id=parent_id)
            store.add(OWNER, conversation.id, answer)
            say("added", conversation.id, answer.id, "")
            for part in range(1, PARTS + 1):
                answer = replace(answer, text=text[: len(text) * part // PARTS])
                store.save(OWNER, conversation.id, answer)
                say("saved", conversation.id, answer.id, answer.text)
            store.put_record(OWNER, conversation.id, answer.id, {"tokens": text.split(), "of": answer.id})
            say("recorded", conversation.id, answer.id, answer.text)
            parent_id = answer.id


if __name__ == "__main__":
    write(Path(sys.argv[1]))
