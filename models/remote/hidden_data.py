"""Hides personal data in what a service is sent, and puts it back into what the service answers, for one call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk

from safety.masking import Masking, Restorer

HIDDEN = "num_hidden"  # in the metadata of an answer's first piece: how many values its service was not told
OPAQUE = (  # keys in messages of what only the service itself reads, and of pictures
    "signature",
    "thought_signature",
    "__gemini_function_call_thought_signatures__",
    "encrypted_content",
    "id",
    "type",
    "data",
    "base64",
    "url",
)
Change = Callable[[str], str]


class OpenData:
    """What a service may be told. ``outgoing`` comes first, then ``restored`` for each piece, and at last ``rest``."""

    def outgoing(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        """``messages`` as they are sent."""
        return list(messages)

    def restored(self, piece: ChatGenerationChunk) -> ChatGenerationChunk:
        """``piece`` of the answer as whoever asked is told it."""
        return piece

    def rest(self) -> Iterator[ChatGenerationChunk]:
        """What was held back."""
        return iter(())


class HiddenData(OpenData):
    """Placeholders stand for personal data."""

    def __init__(self) -> None:
        self._masking = Masking()
        self._text = self._masking.restorer()
        self._arguments: dict[int, Restorer] = {}  # of calls, by their places
        self._block: dict[str, Any] | None = None  # of text, the last one, where an answer comes in such
        self._is_first = True

    def outgoing(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        """Takes a while with long ones."""
        for message in messages:
            self._masking.learn(message.text)
        return [self._hidden(message) for message in messages]

    def _hidden(self, message: BaseMessage) -> BaseMessage:
        hide = self._masking.hide
        content = hide(message.content) if isinstance(message.content, str) else _changed(message.content, hide, OPAQUE)
        changed: dict[str, Any] = {
            "content": content,
            "additional_kwargs": _changed(message.additional_kwargs, hide, OPAQUE),
        }
        if isinstance(message, AIMessage):
            changed["tool_calls"] = [{**call, "args": _changed(call["args"], hide)} for call in message.tool_calls]
            changed["invalid_tool_calls"] = [
                {**call, "args": hide(call["args"] or "")} for call in message.invalid_tool_calls
            ]
        return message.model_copy(update=changed)

    def restored(self, piece: ChatGenerationChunk) -> ChatGenerationChunk:
        """``piece`` with the values. Its tokens are not told where they would be of another text."""
        message = piece.message
        assert isinstance(message, AIMessageChunk)
        metadata = {**message.response_metadata}
        if self._is_first:
            metadata[HIDDEN] = self._masking.num_hidden
            self._is_first = False
        if self._masking.num_hidden:
            metadata.pop("logprobs", None)
        fields = {
            "content": self._content(message.content),
            "additional_kwargs": _changed(message.additional_kwargs, self._masking.restore, OPAQUE),
            "response_metadata": metadata,
            "tool_call_chunks": [self._call(call) for call in message.tool_call_chunks],
        }
        return ChatGenerationChunk(message=_made(message, fields))

    def _content(self, content: str | list[Any]) -> Any:
        if isinstance(content, str):
            return self._text.feed(content)
        return [self._of_block(block) for block in content]

    def _of_block(self, block: Any) -> Any:
        if isinstance(block, str):
            return self._text.feed(block)
        if block.get("type") != "text":
            return _changed(block, self._masking.restore, OPAQUE)
        self._block = {name: block[name] for name in ("type", "index") if name in block}
        return {**block, "text": self._text.feed(block.get("text") or "")}

    def _call(self, call: ToolCallChunk) -> ToolCallChunk:
        """A call without a place comes whole."""
        if call["index"] is None:
            return {**call, "args": self._masking.restore_json(call["args"] or "")}
        restorer = self._arguments.setdefault(call["index"], self._masking.restorer(is_json=True))
        return {**call, "args": restorer.feed(call["args"] or "")}

    def rest(self) -> Iterator[ChatGenerationChunk]:
        calls = [
            ToolCallChunk(name=None, args=args, id=None, index=index, type="tool_call_chunk")
            for index, restorer in self._arguments.items()
            if (args := restorer.finish())
        ]
        text = self._text.finish()
        if text or calls:
            content: Any = [{**self._block, "text": text}] if text and self._block else text
            yield ChatGenerationChunk(message=AIMessageChunk(content=content, tool_call_chunks=calls))


def _made(message: AIMessageChunk, fields: dict[str, Any]) -> AIMessageChunk:
    """Made anew, so that its calls are read from what they are now."""
    kept: dict[str, Any] = {"id": message.id, "name": message.name, "usage_metadata": message.usage_metadata}
    return AIMessageChunk(**kept, **fields)


def _changed(value: Any, change: Change, opaque: Sequence[str] = ()) -> Any:
    """``value`` with all texts in it changed, but for what is under a key of ``opaque``."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_changed(one, change, opaque) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: one if name in opaque else _of_key(name, one, change, opaque) for name, one in value.items()}


def _of_key(name: Any, value: Any, change: Change, opaque: Sequence[str]) -> Any:
    if name != "arguments" or not isinstance(value, str):
        return _changed(value, change, opaque)
    try:
        return json.dumps(_changed(json.loads(value), change), ensure_ascii=False)
    except ValueError:
        return change(value)
