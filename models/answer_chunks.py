"""The engine's events -> LangChain's chunks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from errors import EngineBusy, EngineDied, EngineUnavailable, GenerationFailed, PromptTooLong, TertuliaError
from models.call_parser import CallParser
from models.engine.distribution import Candidate, TokenChoice
from models.engine.protocol import Event, Finished, Piece, Refused

LEAST_LOG_PROBABILITY = -9_999.0  # stands for impossible, as with OpenAI: JSON has no infinity


class AnswerChunks:
    """Turns the events of one request into chunks, in order; ``calls`` reads them where tools are on offer."""

    def __init__(self, model_name: str, calls: CallParser | None) -> None:
        self._model_name = model_name
        self._calls = calls

    def piece(self, event: Piece) -> ChatGenerationChunk:
        text, calls = self._calls.push(event.text) if self._calls else (event.text, [])
        metadata = {"logprobs": _log_probabilities(event.choices)} if event.choices else {}
        message = AIMessageChunk(content=text, tool_call_chunks=calls, response_metadata=metadata)
        return ChatGenerationChunk(message=message)

    def last(self, event: Finished) -> ChatGenerationChunk:
        """Usage, names and reasons stand on this chunk alone: merging chunks adds numbers and joins strings."""
        text, calls = self._calls.close() if self._calls else ("", [])
        has_called = self._calls is not None and self._calls.num_complete > 0
        usage = UsageMetadata(
            input_tokens=event.num_prompt,
            output_tokens=event.num_output,
            total_tokens=event.num_prompt + event.num_output,
            input_token_details=InputTokenDetails(cache_read=event.num_cached),
        )
        metadata = {
            "finish_reason": "tool_calls" if has_called and event.reason == "stop" else event.reason,
            "model_name": self._model_name,
            "model_provider": "local",
            "seed": event.seed,
            "timings": {"first_token_s": event.first_token_s, "decode_s": event.decode_s},
        }
        message = AIMessageChunk(
            content=text,
            tool_call_chunks=calls,
            chunk_position="last",
            usage_metadata=usage,
            response_metadata=metadata,
        )
        return ChatGenerationChunk(message=message)


def error_of(event: Event) -> TertuliaError:
    """What an event means that is no part of an answer."""
    if not isinstance(event, Refused):
        return GenerationFailed()
    if event.reason == "prompt_too_long":
        return PromptTooLong(length=event.length, limit=event.limit)
    kinds: dict[str, type[TertuliaError]] = {
        "busy": EngineBusy,
        "died": EngineDied,
        "unavailable": EngineUnavailable,
        "failed": GenerationFailed,
    }
    return kinds[event.reason]()


def _log_probabilities(choices: Iterable[TokenChoice]) -> dict[str, Any]:
    """LangChain's shape, which is OpenAI's; merging chunks joins the lists."""
    tokens = [
        {**_candidate(choice.chosen), "top_logprobs": [_candidate(other) for other in choice.alternatives]}
        for choice in choices
    ]
    return {"content": tokens}


def _candidate(candidate: Candidate) -> dict[str, Any]:
    """``logprob`` is the model's own; ``probability_after`` is ours: what the sampler chain left of it."""
    return {
        "token_id": candidate.token_id,
        "token": candidate.token_bytes.decode(errors="replace"),
        "logprob": math.log(candidate.probability) if candidate.probability > 0 else LEAST_LOG_PROBABILITY,
        "bytes": list(candidate.token_bytes),
        "probability_after": candidate.probability_after,
    }
