"""LangChain's messages -> what crosses the pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages import ChatMessage as RoleMessage

from models.engine.protocol import ChatMessage, Prompt, ToolCall

ROLES = {SystemMessage: "system", HumanMessage: "user", AIMessage: "assistant", ToolMessage: "tool"}


def to_prompt(messages: Sequence[BaseMessage], tools: Iterable[dict[str, Any]] = ()) -> Prompt:
    """The prompt of ``messages``, with ``tools`` (in OpenAI's form) on offer. Raises ValueError for what is no text."""
    called = {
        call["id"]: call["name"]
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    }
    return Prompt(messages=tuple(_turn(message, called) for message in messages), tools=tuple(tools))


def _turn(message: BaseMessage, called: dict[str | None, str]) -> ChatMessage:
    if isinstance(message, ToolMessage):
        name = message.name or called.get(message.tool_call_id)
        return ChatMessage(role="tool", content=_result_text(message), name=name)
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    return ChatMessage(
        role=_role(message),
        content=_text(message),
        tool_calls=tuple(ToolCall(name=call["name"], arguments=call["args"]) for call in calls),
    )


def _role(message: BaseMessage) -> str:
    if isinstance(message, RoleMessage):
        return message.role
    for kind, role in ROLES.items():
        if isinstance(message, kind):
            return role
    raise ValueError(f"a {message.type} message has no place in a prompt")


def _text(message: BaseMessage) -> str:
    """Calls stand in the content of some providers too, and thoughts are not said again; a picture must not vanish."""
    kinds = {str(block["type"]) for block in message.content_blocks}
    if unseen := kinds & {"image", "audio", "video", "file"}:
        raise ValueError(f"this model reads text only, and the message holds: {', '.join(sorted(unseen))}")
    return message.text


def _result_text(message: ToolMessage) -> str:
    if isinstance(message.content, str) or all(block["type"] == "text" for block in message.content_blocks):
        return _text(message)
    return json.dumps(message.content, ensure_ascii=False)
