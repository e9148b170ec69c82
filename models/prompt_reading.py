"""The tokens of a prompt, as they would be sent, for those who want to see them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import Protocol

from langchain_core.messages import BaseMessage

from models.answer_chunks import error_of
from models.engine.engine_requests import Sink
from models.engine.protocol import Prompt, PromptRead, ReadPrompt
from models.engine_calls import closing_event
from models.messages import text_of


@dataclass(frozen=True)
class PromptToken:
    """``message`` is the index of the one whose text it is part of, None for the template's own text.

    ``token_bytes`` need not be whole characters; control tokens show their own text.
    ``token_id`` is None where it is only estimated what a token is. ``stands_for`` is how many bytes of the message it
    takes the place of, where that is not its own length: something else is sent instead of them.
    """

    token_id: int | None
    token_bytes: bytes
    message: int | None
    stands_for: int | None = None

    @property
    def length(self) -> int:
        """Bytes of the message."""
        return len(self.token_bytes) if self.stands_for is None else self.stands_for


class PromptEngine(Protocol):
    """What reading needs of the supervisor."""

    def read_prompt(self, request: ReadPrompt, sink: Sink) -> str:
        """See the tokens of a prompt."""


async def read_prompt(engine: PromptEngine, prompt: Prompt, messages: Sequence[BaseMessage]) -> tuple[PromptToken, ...]:
    """The tokens of ``prompt``, which was made of ``messages``; its prefill counts as one more. Raises EngineError."""
    event = await closing_event(partial(engine.read_prompt, ReadPrompt(id="", prompt=prompt)))
    if not isinstance(event, PromptRead):
        raise error_of(event)
    columns = zip(event.token_ids, event.token_bytes, event.messages, strict=True)
    if prompt.text is not None:
        tokens = [PromptToken(*column) for column in columns]
        return _of_completion(tokens, [text_of(message).encode(errors="replace") for message in messages])
    index_of = {message: _index(message, prompt, len(messages)) for message in set(event.messages)}
    return tuple(PromptToken(token_id, text, index_of[message]) for token_id, text, message in columns)


def _index(message: int | None, prompt: Prompt, num_messages: int) -> int | None:
    """The prompt may hold a message more than was given, which says what shape the answer is to have."""
    if message is None or message < num_messages:
        return message
    return num_messages if message == len(prompt.messages) else None


def _of_completion(tokens: Sequence[PromptToken], texts: Sequence[bytes]) -> tuple[PromptToken, ...]:
    """The engine read one text and its prefill; a token over the seam of two messages is of the one it begins in."""
    ends = list(accumulate(map(len, texts)))
    num_bytes = sum(len(token.token_bytes) for token in tokens if token.message == 0)
    position = sum(map(len, texts)) - num_bytes  # below 0 where the vocabulary begins every text with a space
    found: list[PromptToken] = []
    for token in tokens:
        if token.message == 0:
            found.append(replace(token, message=min(bisect_right(ends, position), len(texts) - 1)))
            position += len(token.token_bytes)
        else:
            found.append(token if token.message is None else replace(token, message=len(texts)))
    return tuple(found)
