"""What services answer that do not speak quite as OpenAI's does."""

from __future__ import annotations

import json
from typing import Any

from tests.chat_services import DONE, Reply, openai_event


def _event(kind: str, **data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def _begin() -> bytes:
    usage = {"input_tokens": 12, "output_tokens": 1}
    message = {"id": "m1", "type": "message", "role": "assistant", "content": [], "model": "claude", "usage": usage}
    return _event("message_start", message=message | {"stop_reason": None, "stop_sequence": None})


def _end(reason: str, num_output: int) -> tuple[bytes, ...]:
    delta = {"stop_reason": reason, "stop_sequence": None}
    told = _event("message_delta", delta=delta, usage={"input_tokens": 12, "output_tokens": num_output})
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


def text_with_usage_inside(*words: str, finish: str = "stop") -> Reply:
    """Mistral and Groq tell the usage with the last piece, each in its place."""
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    events = [openai_event({"content": word}) for word in words]
    last = json.loads(openai_event({"content": ""}, finish).removeprefix(b"data: "))
    told = json.dumps(last | {"usage": usage, "x_groq": {"id": "r1", "usage": usage}})
    begin = openai_event({"role": "assistant", "content": ""})
    return Reply((begin, *events, f"data: {told}\r\n\r\n".encode(), DONE))


def call_in_one_piece(name: str, arguments: str) -> Reply:
    """As Mistral tells it."""
    call = {"index": 0, "id": "abcdefghi", "function": {"name": name, "arguments": arguments}}
    return Reply((openai_event({"role": "assistant", "content": "", "tool_calls": [call]}, "tool_calls"), DONE))
