"""What is known of a turn while it goes on: its steps so far, and what they add up to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from agents.options import Strategy
from agents.sources import Source
from agents.steps import (
    AgentStep,
    ApprovalNeeded,
    Entered,
    FinalAnswer,
    LimitReached,
    Node,
    Queued,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
)
from chains.live import LiveAnswer
from chains.recorder import QueuePlace

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class AgentAnswer(LiveAnswer):
    """An answer as it stands. ``steps`` are what a trace shows: neither text on its way nor the way round the loop.

    ``strategy`` is the one in use and ``why`` the catalogue's key that says why. ``waiting`` is the call that a person
    has to decide about. ``error_values`` fill the sentence of ``message.error_key``.
    """

    steps: tuple[AgentStep, ...] = ()
    node: Node = Node.MODEL
    sources: tuple[Source, ...] = ()
    strategy: Strategy = Strategy.AUTO
    why: str = ""
    waiting: ApprovalNeeded | None = None
    error_values: Mapping[str, str] = field(default_factory=lambda: NOTHING)


Growing = AsyncGenerator[AgentAnswer, None]


@dataclass(frozen=True)
class Decided(AgentStep):
    """The person has decided about the call: nobody is waited for any more."""

    call_id: str


@dataclass(frozen=True)
class Trace:
    """What the steps of a turn add up to; ``text`` is the answer so far."""

    steps: tuple[AgentStep, ...] = ()
    text: str = ""
    node: Node = Node.MODEL
    sources: tuple[Source, ...] = ()
    waiting: ApprovalNeeded | None = None
    place: QueuePlace | None = None
    limit: str = ""
    final: FinalAnswer | None = None

    def after(self, step: AgentStep) -> Trace:
        """The same with one more step."""
        place = step.place if isinstance(step, Queued) else None
        return replace(self._after(step), place=place)

    def _after(self, step: AgentStep) -> Trace:
        match step:
            case Queued():
                return self
            case Entered():
                return replace(self, node=step.node)
            case TextDelta():
                return replace(self, text=self.text + step.text)
            case Decided():
                return self._no_longer_waiting(step.call_id)
            case _:
                return self._shown(step)

    def _shown(self, step: AgentStep) -> Trace:
        """After a step that a trace shows."""
        match step:
            case Thought():
                return replace(self._with(step), text="")
            case ToolCall():
                thought = (Thought(self.text),) if self.text.strip() else ()
                return replace(self._with(*thought, step), text="")
            case ApprovalNeeded():
                return replace(self._with(step), waiting=step)
            case ToolResult():
                sources = {source.number: source for source in (*self.sources, *step.sources)}
                sorted_sources = tuple(sources[number] for number in sorted(sources))
                return replace(self._no_longer_waiting(step.call_id)._with(step), sources=sorted_sources)
            case LimitReached():
                return replace(self._with(step), limit=step.kind)
            case FinalAnswer():
                return replace(self._with(step), text=step.text, sources=step.sources, final=step)
            case _:
                return self._with(step)

    def _with(self, *steps: AgentStep) -> Trace:
        return replace(self, steps=(*self.steps, *steps))

    def _no_longer_waiting(self, call_id: str) -> Trace:
        return replace(self, waiting=None) if self.waiting and self.waiting.call_id == call_id else self
