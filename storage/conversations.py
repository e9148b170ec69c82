"""Conversations of each owner, in the memory of this process.

Messages are frozen: a change is a new value put in the old one's place, so a reader never sees half of one.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum

from errors import ConversationNotFound


class Role(StrEnum):
    """Who speaks, in the words of the chat templates."""

    USER = "user"
    ASSISTANT = "assistant"


class MessageStatus(StrEnum):
    """How an answer stands; a question is COMPLETE from the start."""

    ANSWERING = "answering"
    COMPLETE = "complete"
    CUT = "cut"  # the limit of answer tokens was reached
    STOPPED = "stopped"  # by the person, or because the page was closed
    FAILED = "failed"  # ``error_key`` says how


@dataclass(frozen=True)
class Message:
    """One turn of one speaker.

    ``num_left_out`` counts the older messages that did not fit the model's window when this answer was made.
    ``error_key`` names a sentence of the message catalogue when the status is FAILED. While an answer has not begun,
    ``queue_place`` is its place in the model's queue (1 is next, 0 is not queued), for about ``queue_seconds`` more.
    """

    role: Role
    text: str
    status: MessageStatus = MessageStatus.COMPLETE
    num_left_out: int = 0
    error_key: str | None = None
    queue_place: int = 0
    queue_seconds: float | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class ConversationStore:
    """Conversations by random id, each belonging to one owner; the least recently used go first when it is full."""

    def __init__(self, max_conversations: int = 2_000) -> None:
        self._max_conversations = max_conversations
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._messages: dict[str, list[Message]] = {}

    def create(self, owner: str) -> str:
        """Start an empty conversation and return its id (128 random bits)."""
        conversation_id = secrets.token_urlsafe(16)
        self._owners[conversation_id] = owner
        self._messages[conversation_id] = []
        while len(self._owners) > self._max_conversations:
            oldest, _ = self._owners.popitem(last=False)
            del self._messages[oldest]
        return conversation_id

    def messages(self, owner: str, conversation_id: str) -> tuple[Message, ...]:
        """All messages, oldest first. Raises ConversationNotFound, for another's conversation too."""
        return tuple(self._of(owner, conversation_id))

    def put(self, owner: str, conversation_id: str, message: Message) -> None:
        """Append ``message``, or put it in the place of the one with its id."""
        messages = self._of(owner, conversation_id)
        for index in reversed(range(len(messages))):
            if messages[index].id == message.id:
                messages[index] = message
                return
        messages.append(message)

    def _of(self, owner: str, conversation_id: str) -> list[Message]:
        if self._owners.get(conversation_id) != owner:
            raise ConversationNotFound
        self._owners.move_to_end(conversation_id)
        return self._messages[conversation_id]
