"""The steps of an agent's turn, put together call by call, as its trace shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from agents.steps import (
    AgentStep,
    ApprovalNeeded,
    LimitReached,
    Outcome,
    Retrying,
    Thought,
    ToolCall,
    ToolResult,
)


class State(StrEnum):
    """How a call stands."""

    RUNNING = "running"
    WAITING = "waiting"  # for the person
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    STOPPED = "stopped"  # the turn ended before the call did


OUTCOMES = {Outcome.DONE: State.DONE, Outcome.FAILED: State.FAILED, Outcome.REFUSED: State.REFUSED}


@dataclass(frozen=True)
class Called:
    """A call with all that happened to it."""

    call: ToolCall
    approval: ApprovalNeeded | None = None
    retries: tuple[Retrying, ...] = ()
    result: ToolResult | None = None

    def state(self, waiting: ApprovalNeeded | None, is_live: bool) -> State:
        """``waiting`` is the call of the turn that a person has to decide about."""
        if self.result is not None:
            return OUTCOMES[self.result.outcome]
        if not is_live:
            return State.STOPPED
        return State.WAITING if waiting is not None and waiting.call_id == self.call.id else State.RUNNING


Entry: TypeAlias = Thought | Called | LimitReached


def entries(steps: Sequence[AgentStep]) -> list[Entry]:
    """What a trace lists, in the order it began. Small models give several calls of a turn the same id."""
    found: list[Entry] = []
    for step in steps:
        match step:
            case Thought() if step.text.strip():
                found.append(step)
            case LimitReached():
                found.append(step)
            case ToolCall():
                found.append(Called(step))
            case ApprovalNeeded() | Retrying() | ToolResult():
                _add(found, step)
    return found


def calls(listed: Sequence[Entry]) -> list[Called]:
    """Those of them that are calls."""
    return [entry for entry in listed if isinstance(entry, Called)]


def _add(found: list[Entry], step: ApprovalNeeded | Retrying | ToolResult) -> None:
    """Give ``step`` to the latest call of its id that has no result yet."""
    for place in range(len(found) - 1, -1, -1):
        entry = found[place]
        if isinstance(entry, Called) and entry.call.id == step.call_id and entry.result is None:
            found[place] = _with(entry, step)
            return
    if isinstance(step, ToolResult):
        found.append(Called(ToolCall(step.call_id, step.name, {}), result=step))


def _with(called: Called, step: ApprovalNeeded | Retrying | ToolResult) -> Called:
    match step:
        case ApprovalNeeded():
            return replace(called, approval=step)
        case Retrying():
            return replace(called, retries=(*called.retries, step))
        case ToolResult():
            return replace(called, result=step)
