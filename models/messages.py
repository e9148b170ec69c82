"""LangChain's messages -> what crosses the pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages import ChatMessage as RoleMessage

from models.engine.protocol import ChatMessage, Prompt, ToolCall
from safety.surrogates import without_surrogates

ROLES = {SystemMessage: "system", HumanMessage: "user", AIMessage: "assistant", ToolMessage: "tool"}


def to_prompt(
    messages: Sequence[BaseMessage],
    tools: Iterable[dict[str, Any]] = (),
    prefill: str = "",
    prefill_ids: tuple[int, ...] = (),
) -> Prompt:
    """The prompt of ``messages``, with ``tools`` (in OpenAI's form) on offer. Raises ValueError for what is no text."""
    called = {
        call["id"]: call["name"]
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    }
    turns = tuple(_turn(message, called) for message in messages)
    return Prompt(messages=turns, tools=tuple(tools), prefill=prefill, prefill_ids=prefill_ids)


def to_completion(messages: Iterable[BaseMessage], prefill: str, prefill_ids: tuple[int, ...]) -> Prompt:
    """The texts of ``messages`` joined by nothing, as no turns of a conversation. Raises ValueError as above."""
    text = "".join(text_of(message) for message in messages)
    return Prompt(text=text, prefill=prefill, prefill_ids=prefill_ids)


def _turn(message: BaseMessage, called: dict[str | None, str]) -> ChatMessage:
    if isinstance(message, ToolMessage):
        name = message.name or called.get(message.tool_call_id)
        return ChatMessage(role="tool", content=text_of(message), name=name)
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    return ChatMessage(
        role=_role(message),
        content=text_of(message),
        tool_calls=tuple(ToolCall(name=call["name"], arguments=call["args"]) for call in calls),
    )


def _role(message: BaseMessage) -> str:
    if isinstance(message, RoleMessage):
        return message.role
    for kind, role in ROLES.items():
        if isinstance(message, kind):
            return role
    raise ValueError(f"a {message.type} message has no place in a prompt")


def text_of(message: BaseMessage) -> str:
    """Calls stand in the content of some providers too, and thoughts are not said again; a picture must not vanish.

    Halves of surrogate pairs do not cross the pipe.
    """
    if isinstance(message, ToolMessage) and not _is_text(message):
        return json.dumps(message.content, ensure_ascii=False)
    kinds = {str(block["type"]) for block in message.content_blocks}
    if unseen := kinds & {"image", "audio", "video", "file"}:
        raise ValueError(f"this model reads text only, and the message holds: {', '.join(sorted(unseen))}")
    return without_surrogates(message.text)


def _is_text(message: ToolMessage) -> bool:
    return isinstance(message.content, str) or all(block["type"] == "text" for block in message.content_blocks)
