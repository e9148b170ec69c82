"""How a model is told of tools whose chat template knows none: in words, and in the form that most models have learned.

Calls are ``<tool_call>{"name": ..., "arguments": {...}}</tool_call>``, results come in ``<tool_response>``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from models.engine.prompt_parts import TextPart, Turn

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


def in_words(turns: Sequence[Turn], tools: Sequence[dict[str, Any]]) -> list[Turn]:
    """``turns`` with tools, calls and results as plain text: what is left are system, user and assistant."""
    told = _told(turns, tools) if tools else turns
    return [turn for is_result, group in groupby(told, _is_result) for turn in _spoken(list(group), is_result)]


def _told(turns: Sequence[Turn], tools: Sequence[dict[str, Any]]) -> list[Turn]:
    lines = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
    instruction = INSTRUCTION.format(tools=lines)
    if turns and turns[0].role == "system":
        first = replace(turns[0], parts=(*turns[0].parts, TextPart(f"\n\n{instruction}", None)))
        return [first, *turns[1:]]
    return [Turn("system", (TextPart(instruction, None),)), *turns]


def _is_result(turn: Turn) -> bool:
    return turn.role == "tool"


def _spoken(turns: list[Turn], are_results: bool) -> list[Turn]:
    if not are_results:
        return [Turn(turn.role, _with_calls(turn), turn.message) for turn in turns]
    between = ("", *["\n"] * (len(turns) - 1))
    results = (
        TextPart(f"{line}{RESULT_OPENS}\n{turn.text}\n{RESULT_CLOSES}", turn.message)
        for line, turn in zip(between, turns, strict=True)
    )
    return [Turn("user", tuple(results), turns[0].message)]  # one: many templates want turns to alternate


def _with_calls(turn: Turn) -> tuple[TextPart, ...]:
    """In one part, as the model wrote it: another cut might give other tokens than the cache holds."""
    if not turn.tool_calls:
        return turn.parts
    return (TextPart("\n".join(part for part in (turn.text, *_calls(turn)) if part), turn.message),)


def _calls(turn: Turn) -> Iterable[str]:
    for call in turn.tool_calls:
        written = json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)
        yield f"{CALL_OPENS}\n{written}\n{CALL_CLOSES}"
