"""Conversations of each owner: a row for each, and one for each message of its tree.

Every call asks for the owner first, in the same transaction. A conversation that is another's, one that was deleted
and one that never was are all ConversationNotFound. The calls block: asynchronous callers run them in a thread.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from errors import ConversationNotFound, MessageNotFound
from storage.columns import to_json
from storage.conversation_search import found
from storage.database import Database
from storage.message_tree import MessageTree
from storage.records import Conversation, Message, MessageStatus, TitleSource, new_id, now
from storage.rows import (
    CONVERSATION_COLUMNS,
    MESSAGE_COLUMNS,
    conversation_of,
    conversation_row,
    message_of,
    message_row,
    rewritten_columns,
    searchable,
)
from storage.schema import CONVERSATIONS, MESSAGES, RECORDS

MAX_SEARCH_CHARACTERS = 1_000  # SQLite refuses patterns of 50,000 bytes


class ConversationChange(TypedDict, total=False):
    """What ``ConversationStore.change`` may change."""

    title: str
    title_source: TitleSource
    is_pinned: bool
    options: Mapping[str, Any]
    summary: str
    summary_until: str | None
    leaf_id: str | None


class ConversationStore:
    """Conversations, their messages, and beside each message the record of how it was made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, owner: str, *, title: str = "", options: Mapping[str, Any] | None = None, room: str = "chat"
    ) -> Conversation:
        """Begin an empty conversation."""
        moment = now()
        conversation = Conversation(title=title, room=room, options=options or {}, created_at=moment, updated_at=moment)
        with self._database.writing() as connection:
            connection.execute(insert(CONVERSATIONS).values(conversation_row(owner, conversation)))
            return _get(connection, owner, conversation.id)

    def get(self, owner: str, conversation_id: str) -> Conversation:
        """What is known of the conversation beside its messages."""
        with self._database.reading() as connection:
            return _get(connection, owner, conversation_id)

    def listed(self, owner: str, search: str = "", limit: int = 300, room: str = "chat") -> tuple[Conversation, ...]:
        """Those of one room: pinned ones first, then those that were written in last.

        With ``search``, those that hold these words in a row in their title or in a message of any branch, in any
        case, with or without accents.
        """
        statement = (
            select(*CONVERSATION_COLUMNS)
            .where(CONVERSATIONS.c.owner == owner, CONVERSATIONS.c.room == room, CONVERSATIONS.c.deleted_at.is_(None))
            .order_by(CONVERSATIONS.c.is_pinned.desc(), CONVERSATIONS.c.updated_at.desc())
        )
        words = searchable(search.strip()[:MAX_SEARCH_CHARACTERS])
        with self._database.reading() as connection:
            return tuple(map(conversation_of, found(self._database, connection, statement, words, limit)))

    def change(self, owner: str, conversation_id: str, **fields: Unpack[ConversationChange]) -> Conversation:
        """Change what is named. The conversation keeps its place in the list.

        A title that a person gave is replaced by a person's alone: any other is passed over. Raises MessageNotFound
        when ``leaf_id`` or ``summary_until`` is no message of this conversation.
        """
        values: dict[str, Any] = dict(fields)
        with self._database.writing() as connection:
            conversation = _get(connection, owner, conversation_id, for_update=True)
            if conversation.title_source is TitleSource.PERSON and fields.get("title_source") is not TitleSource.PERSON:
                values.pop("title", None)
                values.pop("title_source", None)
            for message_id in filter(None, (fields.get("leaf_id"), fields.get("summary_until"))):
                _require_message(connection, conversation_id, message_id)
            if "title" in values:
                values["folded_title"] = searchable(values["title"])
            if values:
                connection.execute(update(CONVERSATIONS).where(_is(owner, conversation_id)).values(values))
            return _get(connection, owner, conversation_id)

    def delete(self, owner: str, conversation_id: str) -> None:
        """Hide the conversation; ``restore`` brings it back until ``purge`` takes it."""
        with self._database.writing() as connection:
            _update(connection, owner, conversation_id, deleted_at=now())

    def restore(self, owner: str, conversation_id: str) -> None:
        """Undo ``delete``."""
        with self._database.writing() as connection:
            restored = update(CONVERSATIONS).where(_is(owner, conversation_id)).values(deleted_at=None)
            if not connection.execute(restored).rowcount:
                raise ConversationNotFound

    def purge(self, older_than: timedelta) -> int:
        """Take for good what was deleted longer ago than this, of every owner; returns how many conversations."""
        with self._database.writing() as connection:
            return connection.execute(
                delete(CONVERSATIONS).where(CONVERSATIONS.c.deleted_at < now() - older_than)
            ).rowcount

    def tree(self, owner: str, conversation_id: str) -> MessageTree:
        """All messages of all branches."""
        statement = (
            select(*MESSAGE_COLUMNS).where(MESSAGES.c.conversation_id == conversation_id).order_by(MESSAGES.c.position)
        )
        with self._database.reading() as connection:
            conversation = _get(connection, owner, conversation_id)
            messages = [message_of(row) for row in connection.execute(statement)]
        return MessageTree(messages, conversation.leaf_id)

    def add(self, owner: str, conversation_id: str, *messages: Message) -> None:
        """Keep new messages, parents first, and show the last one's branch; when this returns, they are on the disk.

        Raises MessageNotFound when a parent is no message of this conversation; then none is kept.
        """
        with self._database.writing() as connection:
            _update(connection, owner, conversation_id, leaf_id=messages[-1].id, updated_at=now())
            for message in messages:
                if message.parent_id is not None:
                    _require_message(connection, conversation_id, message.parent_id)
                connection.execute(insert(MESSAGES).values(message_row(conversation_id, message)))

    def save(self, owner: str, conversation_id: str, message: Message) -> None:
        """Keep what an answer has become: its text, status, ``num_left_out``, error, rating, steps and figures.

        In a deleted conversation too: should it be restored, its last answer is there in full.
        """
        values = rewritten_columns(message)
        with self._database.writing() as connection:
            _require_owner(connection, owner, conversation_id)
            saved = update(MESSAGES).where(_is_message(conversation_id, message.id)).values(values)
            if not connection.execute(saved).rowcount:
                raise MessageNotFound

    def put_record(self, owner: str, conversation_id: str, message_id: str, record: Mapping[str, Any]) -> None:
        """Keep how this message was made, in the place of what was kept of that before; deleted or not, as ``save``."""
        packed = _packed(record)
        key = {"conversation_id": conversation_id, "message_id": message_id}
        with self._database.writing() as connection:
            _require_owner(connection, owner, conversation_id)
            _require_message(connection, conversation_id, message_id)
            connection.execute(delete(RECORDS).filter_by(**key))
            connection.execute(insert(RECORDS).values(key | {"packed": packed}))

    def delete_record(self, owner: str, conversation_id: str, message_id: str) -> None:
        """Forget how this message was made."""
        with self._database.writing() as connection:
            _require_owner(connection, owner, conversation_id)
            connection.execute(delete(RECORDS).filter_by(conversation_id=conversation_id, message_id=message_id))

    def record(self, owner: str, conversation_id: str, message_id: str) -> dict[str, Any] | None:
        """How this message was made, if that was kept."""
        statement = select(RECORDS.c.packed).filter_by(conversation_id=conversation_id, message_id=message_id)
        with self._database.reading() as connection:
            _get(connection, owner, conversation_id)
            packed = connection.execute(statement).scalar()
        return None if packed is None else dict(json.loads(zlib.decompress(packed)))

    def add_tree(
        self,
        owner: str,
        conversation: Conversation,
        messages: Sequence[Message],
        records: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Conversation:
        """Keep a copy of a whole conversation under new ids; all of it or nothing.

        ``records`` go by the old ids, which are among those of ``messages``. Raises MessageNotFound unless each parent
        comes before its children. The copy is the newest in the list; its shown branch ends where that of
        ``conversation`` does, or else at the last message. Nobody writes in it, so what was ANSWERING is STOPPED.
        """
        copied, new_ids = _copied_messages(messages)
        moment = now()
        copy = replace(
            conversation,
            id=new_id(),
            leaf_id=new_ids.get(conversation.leaf_id, copied[-1].id if copied else None),
            summary_until=new_ids.get(conversation.summary_until),
            summary=conversation.summary if conversation.summary_until in new_ids else "",
            updated_at=moment,
        )
        rows = [message_row(copy.id, message) for message in copied]
        with self._database.writing() as connection:
            connection.execute(insert(CONVERSATIONS).values(conversation_row(owner, copy)))
            if rows:
                connection.execute(insert(MESSAGES), rows)
            for old_id, record in (records or {}).items():
                row = {"conversation_id": copy.id, "message_id": new_ids[old_id], "packed": _packed(record)}
                connection.execute(insert(RECORDS).values(row))
            return _get(connection, owner, copy.id)


def _packed(record: Mapping[str, Any]) -> bytes:
    return zlib.compress(to_json(record).encode("ascii"), level=1)  # 6 takes 6 times as long for 7 % less


def _is(owner: str, conversation_id: str) -> ColumnElement[bool]:
    return (CONVERSATIONS.c.id == conversation_id) & (CONVERSATIONS.c.owner == owner)


def _is_message(conversation_id: str, message_id: str) -> ColumnElement[bool]:
    return (MESSAGES.c.conversation_id == conversation_id) & (MESSAGES.c.id == message_id)


def _get(connection: Connection, owner: str, conversation_id: str, *, for_update: bool = False) -> Conversation:
    statement = select(*CONVERSATION_COLUMNS).where(_is(owner, conversation_id), CONVERSATIONS.c.deleted_at.is_(None))
    row = connection.execute(statement.with_for_update() if for_update else statement).one_or_none()
    if row is None:
        raise ConversationNotFound
    return conversation_of(row)


def _update(connection: Connection, owner: str, conversation_id: str, **values: Any) -> None:
    """Change a conversation that is not deleted. In PostgreSQL, others who want to write in it wait from here on."""
    is_there = _is(owner, conversation_id) & CONVERSATIONS.c.deleted_at.is_(None)
    if not connection.execute(update(CONVERSATIONS).where(is_there).values(values)).rowcount:
        raise ConversationNotFound


def _require_owner(connection: Connection, owner: str, conversation_id: str) -> None:
    if connection.execute(select(CONVERSATIONS.c.id).where(_is(owner, conversation_id))).scalar() is None:
        raise ConversationNotFound


def _require_message(connection: Connection, conversation_id: str, message_id: str) -> None:
    if connection.execute(select(MESSAGES.c.id).where(_is_message(conversation_id, message_id))).scalar() is None:
        raise MessageNotFound


def _copied_messages(messages: Sequence[Message]) -> tuple[list[Message], dict[str | None, str]]:
    """The messages under new ids, and those ids by the old ones."""
    new_ids: dict[str | None, str] = {}
    copied = []
    for message in messages:
        if message.parent_id is not None and message.parent_id not in new_ids:
            raise MessageNotFound
        is_answering = message.status is MessageStatus.ANSWERING
        new_ids[message.id] = new_id()
        copied.append(
            replace(
                message,
                id=new_ids[message.id],
                parent_id=new_ids.get(message.parent_id),
                status=MessageStatus.STOPPED if is_answering else message.status,
            )
        )
    return copied, new_ids
