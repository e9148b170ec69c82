"""A prompt as it goes to a service, which does not tell how it divides it into tokens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from models.prompt_reading import PromptToken
from models.tool_calls import openai_tools
from safety.masking import Masking

BYTES_OF_TOKEN = 4  # about, in English and Spanish; other scripts have more bytes to a character and fewer to a token
Pieces = Callable[[str], list[tuple[str, str]]]  # of a text, each as it is and as it is written
ROLES = {"human": "user", "ai": "assistant"}


def num_tokens(text: str) -> int:
    """About how many tokens ``text`` has."""
    return -(-len(text.encode(errors="replace")) // BYTES_OF_TOKEN)


class EstimatingPromptReader:
    """Stretches of about a token's length stand for the tokens; nothing knows their ids.

    Each message comes after the name of its speaker, which stands for what a service writes around it. With
    ``hides_personal`` it is what a model is sent that hides personal data.
    """

    def __init__(self, *, hides_personal: bool = False) -> None:
        self._hides_personal = hides_personal

    async def aread_prompt(
        self,
        messages: Sequence[BaseMessage],
        *,
        prefill: str = "",
        is_completion: bool = False,
        tools: Sequence[Any] = (),
        **options: Any,
    ) -> tuple[PromptToken, ...]:
        """Stretches with the index of the message whose text they are; the prefill's come last."""
        read = partial(_read, list(messages), prefill, is_completion=is_completion, tools=tools)
        if not self._hides_personal:
            return read(_as_it_is)
        masking = Masking()
        return await asyncio.to_thread(lambda: read(_learned(masking, messages).pieces))


def _as_it_is(text: str) -> list[tuple[str, str]]:
    return [(text, text)]


def _learned(masking: Masking, messages: Sequence[BaseMessage]) -> Masking:
    for message in messages:
        masking.learn(message.text)
    return masking


def _read(
    messages: Sequence[BaseMessage], prefill: str, pieces: Pieces, *, is_completion: bool, tools: Sequence[Any]
) -> tuple[PromptToken, ...]:
    tokens: list[PromptToken] = []
    if tools:
        tokens += _tokens("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in openai_tools(tools)), None)
    for index, message in enumerate(messages):
        if not is_completion:
            between = "\n" if tokens else ""
            tokens += _tokens(f"{between}{ROLES.get(message.type, message.type)}\n", None)
        for text, written in pieces("".join(_said(message))):
            tokens += _tokens(text, index) if written == text else _instead(text, written, index)
    return (*tokens, *_tokens(prefill, len(messages)))


def _instead(text: str, written: str, message: int) -> Iterator[PromptToken]:
    """The first one stands for all of ``text``."""
    length = len(text.encode(errors="replace"))
    for token in _tokens(written, message):
        yield replace(token, stands_for=length)
        length = 0


def _said(message: BaseMessage) -> Iterator[str]:
    """Everything that a service is told of ``message``."""
    if isinstance(message, ToolMessage) and not isinstance(message.content, str):
        yield json.dumps(message.content, ensure_ascii=False)
        return
    yield message.text
    if isinstance(message, AIMessage):
        for call in message.tool_calls:
            yield f"\n{json.dumps({'name': call['name'], 'arguments': call['args']}, ensure_ascii=False)}"


def _tokens(text: str, message: int | None) -> Iterable[PromptToken]:
    content = text.encode(errors="replace")
    for start in range(0, len(content), BYTES_OF_TOKEN):
        yield PromptToken(None, content[start : start + BYTES_OF_TOKEN], message)
