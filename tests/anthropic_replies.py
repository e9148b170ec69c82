"""What Anthropic's service answers, as it travels."""

from __future__ import annotations

import json
from typing import Any

from tests.chat_services import Reply


def _event(kind: str, **data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def _begin() -> bytes:
    usage = {"input_tokens": 12, "output_tokens": 1}
    message = {"id": "m1", "type": "message", "role": "assistant", "content": [], "model": "claude", "usage": usage}
    return _event("message_start", message=message | {"stop_reason": None, "stop_sequence": None})


def _end(reason: str, num_output: int) -> tuple[bytes, ...]:
    delta = {"stop_reason": reason, "stop_sequence": None}
    told = _event("message_delta", delta=delta, usage={"output_tokens": num_output})
    return told, _event("message_stop")


def _block(index: int, content: dict[str, Any], deltas: list[dict[str, Any]]) -> tuple[bytes, ...]:
    begin = _event("content_block_start", index=index, content_block=content)
    pieces = (_event("content_block_delta", index=index, delta=delta) for delta in deltas)
    return begin, *pieces, _event("content_block_stop", index=index)


def anthropic_text(*words: str, finish: str = "end_turn") -> Reply:
    deltas = [{"type": "text_delta", "text": word} for word in words]
    block = _block(0, {"type": "text", "text": ""}, deltas) if words else ()
    return Reply((_begin(), *block, *_end(finish, len(words))))


def anthropic_call(name: str, *pieces: str) -> Reply:
    """``pieces`` of the arguments, as they are written."""
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    block = _block(0, {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}, deltas)
    return Reply((_begin(), *block, *_end("tool_use", 7)))


def anthropic_fault(status: int, kind: str, message: str, retry_after: str = "") -> Reply:
    headers = (("Retry-After", retry_after),) if retry_after else ()
    return Reply((json.dumps(_fault(kind, message)).encode(),), status, "application/json", headers)


def anthropic_fault_inside(kind: str) -> Reply:
    """The service fails when the answer has begun with status 200."""
    return Reply((_begin(), _event("error", **_fault(kind, "Overloaded"))))


def _fault(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}
