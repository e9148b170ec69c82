"""How a model is told of tools whose chat template knows none: in words, and in the form that most models have learned.

Calls are ``<tool_call>{"name": ..., "arguments": {...}}</tool_call>``, results come in ``<tool_response>``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from models.engine.protocol import ChatMessage

CALL_OPENS, CALL_CLOSES = "<tool_call>", "</tool_call>"
RESULT_OPENS, RESULT_CLOSES = "<tool_response>", "</tool_response>"
INSTRUCTION = f"""\
You can call these tools, each described by one line of JSON:
{{tools}}
To call a tool, write its name and its arguments, and nothing after them:
{CALL_OPENS}
{{{{"name": "the tool's name", "arguments": {{{{"argument": "value"}}}}}}}}
{CALL_CLOSES}
You are then given the result between {RESULT_OPENS} and {RESULT_CLOSES}. Call no tool when you know the answer."""


def in_words(messages: Sequence[ChatMessage], tools: Sequence[dict[str, Any]]) -> list[ChatMessage]:
    """``messages`` with tools, calls and results as plain text: what is left are system, user and assistant."""
    told = _told(messages, tools) if tools else messages
    return [turn for is_result, group in groupby(told, _is_result) for turn in _spoken(list(group), is_result)]


def _told(messages: Sequence[ChatMessage], tools: Sequence[dict[str, Any]]) -> list[ChatMessage]:
    lines = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
    instruction = INSTRUCTION.format(tools=lines)
    if messages and messages[0].role == "system":
        first = messages[0].model_copy(update={"content": f"{messages[0].content}\n\n{instruction}"})
        return [first, *messages[1:]]
    return [ChatMessage(role="system", content=instruction), *messages]


def _is_result(message: ChatMessage) -> bool:
    return message.role == "tool"


def _spoken(messages: list[ChatMessage], are_results: bool) -> list[ChatMessage]:
    if not are_results:
        return [ChatMessage(role=message.role, content=_with_calls(message)) for message in messages]
    results = (f"{RESULT_OPENS}\n{message.content}\n{RESULT_CLOSES}" for message in messages)
    return [ChatMessage(role="user", content="\n".join(results))]  # one turn: many templates want turns to alternate


def _with_calls(message: ChatMessage) -> str:
    return "\n".join(part for part in (message.content, *_calls(message)) if part)


def _calls(message: ChatMessage) -> Iterable[str]:
    for call in message.tool_calls:
        written = json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)
        yield f"{CALL_OPENS}\n{written}\n{CALL_CLOSES}"
