"""Puts the pieces of a service's answer into the form that all models' answers have here."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessageChunk, ToolCallChunk
from langchain_core.messages.ai import UsageMetadata, add_usage
from langchain_core.outputs import ChatGenerationChunk

from models.remote.faults import EMPTY, REFUSED, UNREACHABLE, Fault

ENDINGS = {
    "max_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
}
REFUSALS = {
    "content_filter",
    "refusal",
    "safety",
    "recitation",
    "prohibited_content",
    "blocklist",
    "spii",
    "image_safety",
    "language",
}
ONCE = {
    "finish_reason",
    "stop_reason",
    "stop_sequence",
    "model_name",
    "usage",
    "token_usage",
    "safety_ratings",
    "system_fingerprint",
    "service_tier",
}


class RemoteAnswer:
    """One answer of ``model_name``, piece by piece. ``adds_usage``: each piece counts only what is new.

    Merging pieces adds numbers and joins strings, so whatever is told once stands on the last piece alone.
    """

    def __init__(self, model_name: str, *, adds_usage: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._model_name = model_name
        self._adds_usage = adds_usage
        self._clock = clock
        self._begun_at = clock()
        self._first_at: float | None = None
        self._usage: UsageMetadata | None = None
        self._ending = ""
        self._is_blocked = False
        self._has_called = False

    @property
    def has_begun(self) -> bool:
        """Something of it was told already."""
        return self._first_at is not None

    def piece(self, message: AIMessageChunk) -> ChatGenerationChunk | None:
        """What is to be told of ``message``; None while there is nothing to read."""
        metadata = message.response_metadata
        self._is_blocked |= bool((metadata.get("prompt_feedback") or {}).get("block_reason"))
        self._ending = str(metadata.get("finish_reason") or metadata.get("stop_reason") or self._ending).lower()
        if message.usage_metadata:
            before = self._usage if self._adds_usage else None
            self._usage = add_usage(before, message.usage_metadata)
        self._has_called |= bool(message.tool_call_chunks)
        if not (message.text or message.tool_call_chunks or message.additional_kwargs or message.content):
            return None
        if self._first_at is None and (message.text or message.tool_call_chunks):
            self._first_at = self._clock()
        kept = {name: value for name, value in metadata.items() if name not in ONCE}
        told = message.model_copy(update={"response_metadata": kept, "usage_metadata": None, "chunk_position": None})
        told.tool_call_chunks = [_with_id(call) for call in message.tool_call_chunks]
        return ChatGenerationChunk(message=told)

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the answer now that no more comes."""
        if self._is_blocked or self._ending in REFUSALS:
            return REFUSED
        if not self._ending:
            return UNREACHABLE if self.has_begun else EMPTY
        return None if self.has_begun or self._finish_reason == "length" else EMPTY

    @property
    def _finish_reason(self) -> str:
        if self._has_called and self._ending == "stop":
            return "tool_calls"
        return ENDINGS.get(self._ending, self._ending)

    def last(self) -> ChatGenerationChunk:
        """The end of an answer that has no fault."""
        ended_at = self._clock()
        first_at = ended_at if self._first_at is None else self._first_at
        metadata: dict[str, Any] = {
            "finish_reason": self._finish_reason,
            "model_name": self._model_name,
            "timings": {"first_token_s": first_at - self._begun_at, "decode_s": ended_at - first_at},
        }
        message = AIMessageChunk(
            content="", chunk_position="last", usage_metadata=self._usage, response_metadata=metadata
        )
        return ChatGenerationChunk(message=message)


def _with_id(call: ToolCallChunk) -> ToolCallChunk:
    """Results are told by the id of their call, and not every server gives one."""
    return {**call, "id": f"call_{uuid.uuid4().hex}"} if call["name"] and not call["id"] else call
