"""A prompt on its way from messages to tokens, each part with the message that it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.engine.protocol import ChatMessage, ToolCall


@dataclass(frozen=True)
class TextPart:
    """A text of others, of the message with that index; None for what we add to messages."""

    text: str
    message: int | None


@dataclass(frozen=True)
class Turn:
    """One turn as the template is shown it: several messages may have had to share it."""

    role: str
    parts: tuple[TextPart, ...]
    message: int | None = None  # whose name and calls these are
    name: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True)
class Span:
    """Tokens that stand side by side and come from the same message, None for the template's own."""

    ids: tuple[int, ...]
    message: int | None


def turns_of(messages: Iterable[ChatMessage]) -> list[Turn]:
    """A turn for each message."""
    return [
        Turn(message.role, (TextPart(message.content, index),), index, message.name, message.tool_calls)
        for index, message in enumerate(messages)
    ]
