"""What happened in one run of a model: the glass box's content, kept with the answer."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from langchain_core.messages import AIMessage
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from storage.conversations import ConversationStore

MISSED = "missed_models"  # in the metadata of an answer that another model wrote than the one that was to
ANSWERED_BY = "answered_by"  # beside it: the name of that other model


class Part(StrEnum):
    """What a token of the prompt belongs to."""

    MARKERS = "markers"  # the chat template's own
    SYSTEM = "system"
    NOTES = "notes"
    SUMMARY = "summary"
    EXAMPLES = "examples"
    PASSAGES = "passages"  # of documents: data, never instructions
    HISTORY = "history"
    CALLS = "calls"  # what the model said and called earlier in the same turn of an agent
    RESULTS = "results"  # of tools: data, never instructions
    QUESTION = "question"
    ANSWER = "answer"  # the beginning of the answer, when one is continued


def _from_base64(value: Any) -> Any:
    return base64.b64decode(value) if isinstance(value, str) else value


TokenBytes = Annotated[
    bytes, BeforeValidator(_from_base64), PlainSerializer(lambda value: base64.b64encode(value).decode(), str)
]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PromptTokens(_Kept):
    """A run of the prompt's tokens that belong to one part: ids and bytes, side by side.

    There are no ids where a provider does not tell them; ``texts`` are then of about a token's length.
    """

    part: Part
    ids: tuple[int, ...]
    texts: tuple[TokenBytes, ...]


class Alternative(_Kept):
    """A token that was written or could have been. ``id`` is None where a provider does not tell it.

    ``probability`` is the model's own, ``probability_after`` what the sampler chain made of it.
    """

    id: int | None
    text: TokenBytes
    probability: float
    probability_after: float | None = None


class WrittenToken(Alternative):
    """A token of the answer with the likeliest others in its place, best first."""

    others: tuple[Alternative, ...] = ()


class MissedModel(_Kept):
    """A model that was to answer and did not, for ``seconds``; ``error`` is the key of the sentence that says why."""

    model: str
    error: str
    seconds: float


class RunTimes(_Kept):
    """When a call began, told its first token and ended, in seconds since the epoch; None for what never came."""

    began_at: float
    first_at: float | None = None
    ended_at: float | None = None


class RunRecord(_Kept):
    """One call of a model. Counts are in tokens (``num_prompt`` includes ``num_cached``), times in seconds.

    None is what the model's provider does not tell, and ``times`` of one that never began. ``missed`` were asked before
    ``model``, in this order. ``filters`` found something in the answer that is not told, so that its tokens are not
    known either.
    """

    model: str
    step: str = ""  # the name of the call, in a chain of several
    sampling: Mapping[str, Any] = Field(default_factory=dict)
    seed: int | None = None
    finish_reason: str | None = None
    num_prompt: int | None = None
    num_cached: int | None = None
    num_output: int | None = None
    first_token_s: float | None = None
    decode_s: float | None = None
    prompt: tuple[PromptTokens, ...] = ()
    answer: tuple[WrittenToken, ...] = ()
    missed: tuple[MissedModel, ...] = ()
    filters: tuple[str, ...] = ()
    times: RunTimes | None = None

    @property
    def tokens_per_second(self) -> float | None:
        """Speed of writing, the wait for the first token not counted."""
        if not self.decode_s or not self.num_output or self.num_output < 2:
            return None
        return (self.num_output - 1) / self.decode_s

    def told_by(self, message: AIMessage) -> RunRecord:
        """This record with what the model's closing message tells."""
        usage, metadata = message.usage_metadata, message.response_metadata
        timings = metadata.get("timings", {})
        return self.model_copy(
            update={
                "model": metadata.get(ANSWERED_BY) or metadata.get("model_name", self.model),
                "seed": metadata.get("seed", self.seed),
                "finish_reason": metadata.get("finish_reason"),
                "num_prompt": usage["input_tokens"] if usage else None,
                "num_output": usage["output_tokens"] if usage else None,
                "num_cached": usage.get("input_token_details", {}).get("cache_read") if usage else None,
                "first_token_s": timings.get("first_token_s"),
                "decode_s": timings.get("decode_s"),
                "missed": missed_in(metadata),
            }
        )


def missed_in(metadata: Mapping[str, Any]) -> tuple[MissedModel, ...]:
    """The models that gave no answer, as an answer's metadata tell them."""
    return tuple(MissedModel.model_validate(one) for one in metadata.get(MISSED, ()))


def figures_of(run: RunRecord) -> dict[str, float]:
    """What sums a run up, as far as it is known."""
    known: dict[str, float | None] = {
        "num_output": run.num_output,
        "tokens_per_second": run.tokens_per_second,
        "share_cached": run.num_cached / run.num_prompt if run.num_cached is not None and run.num_prompt else None,
    }
    return {name: round(value, 3) for name, value in known.items() if value is not None}


class AnswerRecord(_Kept):
    """All calls behind one answer, in order; the last one wrote it."""

    runs: tuple[RunRecord, ...]

    @property
    def last(self) -> RunRecord:
        return self.runs[-1]


def stored_record(store: ConversationStore, owner: str, conversation_id: str, message_id: str) -> AnswerRecord | None:
    """What is known of the runs behind an answer, None for one that has no record or no runs. Blocks."""
    kept = store.record(owner, conversation_id, message_id)
    return AnswerRecord.model_validate(kept) if kept and kept.get("runs") else None


def written_tokens(logprobs: Sequence[Mapping[str, Any]]) -> tuple[WrittenToken, ...]:
    """Tokens from ``response_metadata["logprobs"]["content"]``, in OpenAI's shape."""
    return tuple(
        WrittenToken(**_alternative(entry), others=tuple(map(_other, entry.get("top_logprobs") or ())))
        for entry in logprobs
    )


def _other(entry: Mapping[str, Any]) -> Alternative:
    return Alternative(**_alternative(entry))


def _alternative(entry: Mapping[str, Any]) -> dict[str, Any]:
    token_bytes = entry.get("bytes")
    return {
        "id": entry.get("token_id"),
        "text": bytes(token_bytes) if token_bytes is not None else str(entry["token"]).encode(),
        "probability": math.exp(entry["logprob"]),
        "probability_after": entry.get("probability_after"),
    }
