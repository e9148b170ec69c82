"""What the stores give and take: frozen values, so that a reader never sees half of a change.

Times are aware and in UTC. Ids are 128 random bits.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


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


class TitleSource(StrEnum):
    """Who named a conversation; a person's title is never replaced."""

    WORDS = "words"  # the first words of the first question
    MODEL = "model"
    PERSON = "person"


def new_id() -> str:
    """An id nobody can guess."""
    return secrets.token_urlsafe(16)


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Step:
    """What an earlier call of a chain of several wrote, under the name of that call."""

    name: str
    text: str


@dataclass(frozen=True)
class Message:
    """One turn of one speaker, a node of a conversation's tree: children of one parent are versions of each other.

    ``num_left_out`` counts the older messages that the model was not given for this answer. ``error_key`` names a
    sentence of the message catalogue when the status is FAILED. ``rating`` is 1 liked, -1 disliked, 0 neither.
    ``inputs`` are the variables a question was made of, when its prompt template has any. ``figures`` sum up an
    answer's run: ``num_output`` tokens, ``tokens_per_second``, ``share_cached`` of the prompt, as far as known.
    """

    role: Role
    text: str
    status: MessageStatus = MessageStatus.COMPLETE
    parent_id: str | None = None
    num_left_out: int = 0
    error_key: str | None = None
    rating: int = 0
    inputs: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    created_at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)


@dataclass(frozen=True)
class Conversation:
    """What is known of a conversation beside its messages.

    ``leaf_id`` is the newest message of the branch that is shown. ``summary`` stands for every message up to
    ``summary_until`` on branches that hold it. ``options`` is JSON; those of ``room`` "chat" get their meaning from
    ``chains.options``.
    """

    title: str = ""
    room: str = "chat"
    title_source: TitleSource = TitleSource.WORDS
    is_pinned: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""
    summary_until: str | None = None
    leaf_id: str | None = None
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)


@dataclass(frozen=True)
class Note:
    """A fact an owner wants remembered in later conversations; it is given to the model while ``is_on``."""

    text: str
    is_on: bool = True
    created_at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)
