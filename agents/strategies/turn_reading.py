"""What a strategy reads in the messages of a turn, and the chunks it answers with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk

from agents.model_calls import parts_of
from chains.run_record import Part


@dataclass(frozen=True)
class Done:
    """A call of this turn; ``result`` is what the model was told."""

    name: str
    arguments: Mapping[str, Any]
    result: str
    is_failed: bool


def done_in(messages: Sequence[BaseMessage]) -> tuple[Done, ...]:
    """The calls since the question that have their results, in order."""
    parts = parts_of(messages)
    begins = next((at for at in range(len(parts) - 1, -1, -1) if parts[at] is Part.QUESTION), -1)
    turn = messages[begins + 1 :]
    results = {message.tool_call_id: message for message in turn if isinstance(message, ToolMessage)}
    calls = [call for message in turn if isinstance(message, AIMessage) for call in message.tool_calls]
    pairs = [(call, results[str(call["id"])]) for call in calls if call["id"] in results]
    return tuple(Done(call["name"], call["args"], told.text, told.status == "error") for call, told in pairs)


def was_called(done: Sequence[Done], name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether this very call was made before: its result would be the same."""
    return any(one.name == name and dict(one.arguments) == dict(arguments) for one in done)


def question_before(messages: Sequence[BaseMessage]) -> str:
    """What the person asked in the turn before this one; empty in the first."""
    asked = [message.text for message in messages if isinstance(message, HumanMessage)]
    return asked[-2] if len(asked) > 1 else ""


def functions_in(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tools on offer, as OpenAI describes functions."""
    return [tool["function"] for tool in options.get("tools") or ()]


def text_chunk(text: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=text))


def call_chunk(name: str, arguments: Mapping[str, Any]) -> ChatGenerationChunk:
    """A whole call in one piece."""
    written = json.dumps(arguments, ensure_ascii=False)
    chunk = tool_call_chunk(name=name, args=written, id=f"call_{uuid4().hex[:12]}", index=0)
    return ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[chunk]))


def closing(chunk: AIMessageChunk | None) -> list[ChatGenerationChunk]:
    """What ``chunk`` tells of the model's call, without what the model wrote."""
    if chunk is None:
        return []
    told = AIMessageChunk(content="", usage_metadata=chunk.usage_metadata, response_metadata=chunk.response_metadata)
    return [ChatGenerationChunk(message=told)]
