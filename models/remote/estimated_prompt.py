"""A prompt as it goes to a service, which does not tell how it divides it into tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from models.prompt_reading import PromptToken
from models.tool_calls import openai_tools

BYTES_OF_TOKEN = 4  # about, in English and Spanish; other scripts have more bytes to a character and fewer to a token
ROLES = {"human": "user", "ai": "assistant"}


def num_tokens(text: str) -> int:
    """About how many tokens ``text`` has."""
    return -(-len(text.encode(errors="replace")) // BYTES_OF_TOKEN)


class EstimatingPromptReader:
    """Stretches of about a token's length stand for the tokens; nothing knows their ids.

    Each message comes after the name of its speaker, which stands for what a service writes around it.
    """

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
        tokens: list[PromptToken] = []
        if tools:
            tokens += _tokens("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in openai_tools(tools)), None)
        for index, message in enumerate(messages):
            if not is_completion:
                between = "\n" if tokens else ""
                tokens += _tokens(f"{between}{ROLES.get(message.type, message.type)}\n", None)
            tokens += _tokens("".join(_said(message)), index)
        return (*tokens, *_tokens(prefill, len(messages)))


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
