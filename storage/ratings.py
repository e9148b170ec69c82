"""Answers that somebody liked or disliked, wherever they stand in the conversations of a room. The calls block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from storage.database import Database
from storage.schema import CONVERSATIONS, MESSAGES


@dataclass(frozen=True)
class RatedAnswer:
    """``rating`` is 1 or -1; ``options`` are those of the conversation."""

    conversation_id: str
    message_id: str
    question: str
    answer: str
    rating: int
    options: Mapping[str, Any]


class RatedAnswers:
    """Of each owner; those of deleted conversations are left out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, owner: str, room: str, limit: int = 200) -> tuple[RatedAnswer, ...]:
        """The newest first."""
        questions = MESSAGES.alias("questions")
        asked = (questions.c.conversation_id == MESSAGES.c.conversation_id) & (questions.c.id == MESSAGES.c.parent_id)
        statement = (
            select(
                MESSAGES.c.conversation_id,
                MESSAGES.c.id.label("message_id"),
                questions.c.text.label("question"),
                MESSAGES.c.text.label("answer"),
                MESSAGES.c.rating,
                CONVERSATIONS.c.options,
            )
            .join(CONVERSATIONS, CONVERSATIONS.c.id == MESSAGES.c.conversation_id)
            .outerjoin(questions, asked)
            .where(CONVERSATIONS.c.owner == owner, CONVERSATIONS.c.room == room, CONVERSATIONS.c.deleted_at.is_(None))
            .where(MESSAGES.c.rating != 0)
            .order_by(MESSAGES.c.position.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
        return tuple(RatedAnswer(**{**row._mapping, "question": row.question or ""}) for row in rows)
