"""What is kept of how an answer of the agent came about: beside the runs, every step and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from math import isfinite
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from agents.options import Strategy
from agents.sources import Source
from agents.steps import (
    AgentStep,
    ApprovalNeeded,
    Entered,
    FinalAnswer,
    LimitReached,
    Queued,
    Retrying,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
)
from chains.run_record import AnswerRecord
from safety.surrogates import without_surrogates

STEP_KINDS: dict[str, type[AgentStep]] = {
    "entered": Entered,
    "queued": Queued,
    "text_delta": TextDelta,
    "thought": Thought,
    "tool_call": ToolCall,
    "approval_needed": ApprovalNeeded,
    "retrying": Retrying,
    "tool_result": ToolResult,
    "limit_reached": LimitReached,
    "final_answer": FinalAnswer,
}
KIND_NAMES = {step: name for name, step in STEP_KINDS.items()}


class KeptStep(BaseModel):
    """A step of ``agents.steps`` as JSON; a ``kind`` of a later version is kept and not shown."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    fields: Mapping[str, Any]


class KeptSource(BaseModel):
    """As ``agents.sources.Source``."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int
    title: str
    text: str
    url: str = ""
    site: str = ""
    date: str = ""
    document_id: str = ""


class AgentRecord(AnswerRecord):
    """``runs`` come with the end of the turn, ``steps`` while it goes on.

    ``strategy`` is the one that was in use and ``why`` the catalogue's key that says why; ``limit`` is "calls" or
    "time" where one was reached. ``error_values`` fill the sentence of the message's error.
    """

    strategy: Strategy
    why: str = ""
    limit: str = ""
    steps: tuple[KeptStep, ...] = ()
    sources: tuple[KeptSource, ...] = ()
    seconds: float = 0.0
    error_values: Mapping[str, str] = Field(default_factory=dict)

    @property
    def told(self) -> tuple[AgentStep, ...]:
        """The steps as they were."""
        known = (step for step in self.steps if step.kind in STEP_KINDS)
        return tuple(_reader(step.kind).validate_python(step.fields) for step in known)

    @property
    def told_sources(self) -> tuple[Source, ...]:
        """The sources as they were."""
        return tuple(Source(**dict(source)) for source in self.sources)


def agent_record(kept: Mapping[str, Any] | None) -> AgentRecord | None:
    """The record in what the store has; None for an answer of another room or one without a record."""
    return AgentRecord.model_validate(kept) if kept and "strategy" in kept else None


def kept_steps(steps: Iterable[AgentStep]) -> tuple[KeptStep, ...]:
    return tuple(KeptStep(kind=KIND_NAMES[type(step)], fields=_plain(step)) for step in steps)


def kept_sources(sources: Iterable[Source]) -> tuple[KeptSource, ...]:
    return tuple(KeptSource(**_plain(source)) for source in sources)


def _plain(value: Any) -> Any:
    """``value`` as JSON and databases take it; text of models and pages may hold halves of characters."""
    if isinstance(value, str):
        return without_surrogates(value)
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    if isinstance(value, Mapping):
        return {without_surrogates(str(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return without_surrogates(str(value))


@cache
def _reader(kind: str) -> TypeAdapter[AgentStep]:
    return TypeAdapter(STEP_KINDS[kind])
