"""What services tell of tokens, as it travels: answers of Gemini and of OpenAI's kind that are not streamed."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from tests.chat_services import Reply

Told = Sequence[tuple[str, Sequence[tuple[str, float]]]]  # what was written, and what could have been: probabilities
ANSWER: Told = (("Paris", (("Paris", 0.75), ("The", 0.125), ("Rome", 0.0625))), ("!", ((".", 0.5), ("!", 0.25))))


def told_by_openai(told: Told = ANSWER, finish: str = "length", **choice: Any) -> Reply:
    content = [_openai_token(text, others) | {"top_logprobs": _openai_others(others)} for text, others in told]
    message = {"role": "assistant", "content": "".join(text for text, _ in told)}
    first = {"index": 0, "message": message, "finish_reason": finish, "logprobs": {"content": content}, **choice}
    return _json({"id": "c1", "object": "chat.completion", "created": 1, "model": "own", "choices": [first]})


def told_by_gemini(told: Told = ANSWER, finish: str = "MAX_TOKENS", **candidate: Any) -> Reply:
    result = {
        "chosenCandidates": [_gemini_token(text, others) for text, others in told],
        "topCandidates": [{"candidates": [_gemini_token(text, others) for text, _ in others]} for _, others in told],
    }
    parts = [{"text": "".join(text for text, _ in told)}]
    first = {"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": finish, "logprobsResult": result}
    return _json({"candidates": [first | candidate], "modelVersion": "gemini-2.5-flash"})


def _openai_token(text: str, others: Sequence[tuple[str, float]]) -> dict[str, Any]:
    return {"token": text, "bytes": list(text.encode()), "logprob": math.log(dict(others)[text])}


def _openai_others(others: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    return [_openai_token(text, others) for text, _ in others]


def _gemini_token(text: str, others: Sequence[tuple[str, float]]) -> dict[str, Any]:
    return {"token": text, "tokenId": len(text), "logProbability": math.log(dict(others)[text])}


def _json(content: object) -> Reply:
    return Reply((json.dumps(content).encode(),), content_type="application/json")
