"""A conversation as a JSON file: everything in it, every branch, and back again from whatever a person uploads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    ValidationError,
)

from chains.options import ConversationOptions
from chains.run_record import AnswerRecord
from errors import (
    EngineError,
    ImportNotOurs,
    ImportRefused,
    ImportTooLarge,
    ImportTooNew,
    StorageError,
    TemplateInvalid,
    TertuliaError,
)
from safety.surrogates import without_surrogates
from storage.records import Conversation, Message, MessageStatus, Role, Step, TitleSource

FORMAT = "tertulia.conversation"
VERSION = 1
MAX_MEGABYTES = 20
MAX_MESSAGES = 20_000
MAX_BRACKETS = 1_000_000  # 20 MB of empty lists take 1.5 GB of memory
MAX_MESSAGE_CHARACTERS = 1_000_000
MAX_OPTIONS_CHARACTERS = 1_000_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # later ones overflow in some time zones


class Imported(NamedTuple):
    """``records`` are the answers' records by the message's id, as the store keeps them."""

    conversation: Conversation
    messages: tuple[Message, ...]
    records: dict[str, dict[str, Any]]


def to_json(
    conversation: Conversation, tree_messages: Sequence[Message], records: Mapping[str, Mapping[str, Any]]
) -> str:
    """A file of everything that is known; ``tree_messages`` are those of every branch, parents before children."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "conversation": {name: value for name, value in _as_dict(conversation).items() if name != "room"},
        "messages": [_as_dict(message) for message in tree_messages],
        "records": records,
    }
    return without_surrogates(json.dumps(content, ensure_ascii=False, indent=1, default=_plain))


def from_json(content: str | bytes) -> Imported:
    """What ``to_json`` wrote, from a file that anybody may have changed. An unfinished answer counts as stopped.

    Raises an ImportRefused that says why.
    """
    written = content.encode("utf-8", errors="replace") if isinstance(content, str) else content
    if len(written) > MAX_MEGABYTES * 1_000_000 or written.count(b"[") + written.count(b"{") > MAX_BRACKETS:
        raise _too_large()
    _check_version(written)
    try:
        file = _File.model_validate_json(written)
    except ValidationError as error:
        raise _refusal(error) from error
    except TemplateInvalid as error:
        raise ImportRefused(place="conversation.options.template") from error
    _check_tree(file)
    records = {message_id: record.model_dump(mode="json") for message_id, record in file.records.items()}
    return Imported(
        Conversation(**dict(file.conversation)), tuple(message.as_message() for message in file.messages), records
    )


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


def _known_options(options: dict[str, Any]) -> dict[str, Any]:
    if len(repr(options)) > MAX_OPTIONS_CHARACTERS:
        raise ValueError("too long")
    ConversationOptions.model_validate(options)
    return options


def _known_error(key: str | None) -> str | None:
    """A sentence that can be shown: one whose error an answer may end in, and which takes no values."""
    if key is None:
        return None
    kinds = [*EngineError.__subclasses__(), *StorageError.__subclasses__()]
    return key if key in {kind.key for kind in kinds} else TertuliaError.key


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Time = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST), AfterValidator(_utc)]
Title = Annotated[str, StringConstraints(max_length=1_000)]
Text = Annotated[str, StringConstraints(max_length=MAX_MESSAGE_CHARACTERS)]


class _Written(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Header(_Written):
    """Enough to know whether the rest can be read."""

    model_config = ConfigDict(extra="ignore")

    format: Literal["tertulia.conversation"]
    version: int = Field(ge=1)


class _Conversation(_Written):
    title: Title
    title_source: TitleSource
    is_pinned: bool
    options: Annotated[dict[str, Any], AfterValidator(_known_options)]
    summary: Text
    summary_until: Id | None
    leaf_id: Id | None
    created_at: Time
    updated_at: Time
    id: Id


class _Step(_Written):
    name: Title
    text: Text


class _Message(_Written):
    role: Role
    text: Text
    status: MessageStatus
    parent_id: Id | None
    num_left_out: int = Field(ge=0, le=MAX_MESSAGES)
    error_key: Annotated[str | None, AfterValidator(_known_error)]
    rating: int = Field(ge=-1, le=1)
    inputs: dict[str, Text]
    steps: tuple[_Step, ...] = Field(max_length=100)
    figures: dict[Title, FiniteFloat] = Field(default_factory=dict, max_length=10)
    created_at: Time
    id: Id

    def as_message(self) -> Message:
        steps = tuple(Step(step.name, step.text) for step in self.steps)
        status = MessageStatus.STOPPED if self.status is MessageStatus.ANSWERING else self.status
        return Message(**{**dict(self), "steps": steps, "status": status})


class _File(_Written):
    format: str
    version: int
    conversation: _Conversation
    messages: tuple[_Message, ...] = Field(max_length=MAX_MESSAGES)
    records: dict[Id, AnswerRecord]


def _check_version(written: bytes) -> None:
    try:
        header = _Header.model_validate_json(written)
    except ValidationError as error:
        raise ImportNotOurs from error
    if header.version > VERSION:
        raise ImportTooNew(version=header.version)


def _check_tree(file: _File) -> None:
    """Parents stand before their children, so there is no cycle; whatever is named exists."""
    known: set[str] = set()
    for number, message in enumerate(file.messages):
        if message.id in known or not (message.parent_id is None or message.parent_id in known):
            raise ImportRefused(place=f"messages.{number}")
        known.add(message.id)
    for name in ("leaf_id", "summary_until"):
        if getattr(file.conversation, name) not in {None, *known}:
            raise ImportRefused(place=f"conversation.{name}")
    for message_id, record in file.records.items():
        if message_id not in known or not record.runs:
            raise ImportRefused(place=f"records.{message_id}")


def _refusal(error: ValidationError) -> ImportRefused:
    fault = error.errors(include_url=False, include_input=False)[0]
    if fault["type"] == "too_long" and fault["loc"] == ("messages",):
        return _too_large()
    return ImportRefused(place=".".join(str(part) for part in fault["loc"]))


def _too_large() -> ImportTooLarge:
    return ImportTooLarge(megabytes=MAX_MEGABYTES, messages=MAX_MESSAGES)


def _as_dict(record: Conversation | Message | Step) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _plain(value: Any) -> Any:
    """What ``json`` does not know by itself."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Step):
        return _as_dict(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
