"""A turn of the agent as it happens, step by step, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agents.sources import Source
from chains.recorder import QueuePlace


class Node(StrEnum):
    """Where in the loop the turn is."""

    MODEL = "model"
    TOOLS = "tools"
    ANSWER = "answer"  # what is written now may be the answer


class Outcome(StrEnum):
    """How a call ended."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"  # by the person, by the rules, or because there were too many calls


class Why(StrEnum):
    """Why a call waits for the person."""

    ASKED = "asked"  # the person wants to see every call
    NEW_WORDS = "new_words"  # it would send words that are neither in the question nor in what was found
    NEW_ADDRESS = "new_address"  # it would open an address that neither the person nor a source gave


class AgentStep:
    """The root of all steps."""


@dataclass(frozen=True)
class Entered(AgentStep):
    """The loop has come to ``node``."""

    node: Node


@dataclass(frozen=True)
class Queued(AgentStep):
    """The model is busy with others."""

    place: QueuePlace


@dataclass(frozen=True)
class TextDelta(AgentStep):
    """More text of the model: of the answer, unless a call follows and makes it a thought."""

    text: str


@dataclass(frozen=True)
class Thought(AgentStep):
    """What the model said before it called a tool: all text since the last step belongs to it, not to the answer."""

    text: str


@dataclass(frozen=True)
class ToolCall(AgentStep):
    """The model calls a tool. Tokens are those of the model's call that decided it, None where unknown."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    num_prompt: int | None = None
    num_output: int | None = None


@dataclass(frozen=True)
class ApprovalNeeded(AgentStep):
    """The call waits until the person decides. ``words`` are those that made it wait."""

    call_id: str
    why: Why
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Retrying(AgentStep):
    """The call failed for now and is made again."""

    call_id: str
    attempt: int
    error_key: str


@dataclass(frozen=True)
class ToolResult(AgentStep):
    """``text`` is what the model was told. For one that is not DONE, ``error_key`` and ``values`` make the sentence."""

    call_id: str
    name: str
    text: str
    seconds: float
    outcome: Outcome = Outcome.DONE
    error_key: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class LimitReached(AgentStep):
    """From now on the model answers from what it has; ``kind`` is "calls" or "time"."""

    kind: str


@dataclass(frozen=True)
class FinalAnswer(AgentStep):
    """The whole answer; ``[n]`` in it are numbers of ``sources`` and of nothing else. ``was_cut``: by its length."""

    text: str
    sources: tuple[Source, ...] = ()
    was_cut: bool = False
