"""Records as rows and rows as records."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from storage.columns import folded, storable
from storage.records import Conversation, Message, MessageStatus, Note, Role, Step, TitleSource
from storage.schema import CONVERSATIONS, MESSAGES, NOTES

CONVERSATION_COLUMNS = [
    column for column in CONVERSATIONS.columns if column.name not in ("owner", "folded_title", "deleted_at")
]
MESSAGE_COLUMNS = [
    column for column in MESSAGES.columns if column.name not in ("position", "conversation_id", "folded_text")
]

NOTE_COLUMNS = [column for column in NOTES.columns if column.name != "owner"]


def conversation_of(row: Row[Any]) -> Conversation:
    fields = dict(row._mapping)
    return Conversation(**fields | {"title_source": TitleSource(fields["title_source"])})


def conversation_row(owner: str, conversation: Conversation) -> dict[str, Any]:
    fields = {column.name: getattr(conversation, column.name) for column in CONVERSATION_COLUMNS}
    return fields | {"owner": owner, "folded_title": searchable(conversation.title)}


def message_of(row: Row[Any]) -> Message:
    fields = dict(row._mapping)
    return Message(
        error_key=fields.pop("fault"),
        **fields
        | {
            "role": Role(fields["role"]),
            "status": MessageStatus(fields["status"]),
            "steps": tuple(Step(name, text) for name, text in fields["steps"]),
        },
    )


def message_row(conversation_id: str, message: Message) -> dict[str, Any]:
    fixed = {name: getattr(message, name) for name in ("id", "parent_id", "role", "inputs", "created_at")}
    return {"conversation_id": conversation_id} | fixed | rewritten_columns(message)


def rewritten_columns(message: Message) -> dict[str, Any]:
    """What of a message may change after it was added."""
    return {
        "text": message.text,
        "folded_text": searchable(message.text),
        "status": message.status,
        "num_left_out": message.num_left_out,
        "fault": message.error_key,
        "rating": message.rating,
        "steps": [(step.name, step.text) for step in message.steps],
        "figures": message.figures,
    }


def searchable(text: str) -> str:
    """What a search for a part of ``text`` is compared with."""
    return folded(storable(text))


def note_of(row: Row[Any]) -> Note:
    return Note(**row._mapping)
