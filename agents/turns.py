"""What answering needs of whatever runs the loop: LangChain comes with it, and only when the first question does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from langchain_core.messages import BaseMessage

from agents.options import AgentOptions, Strategy
from agents.steps import AgentStep, Why
from agents.tools.tool import AgentTool
from chains.recorder import QueuePlace
from chains.room_model import RoomModel
from chains.run_record import RunRecord


class Permission(Protocol):
    """Whom the loop asks before it makes a call."""

    def asks(self, tool_name: str) -> bool:
        """The person wants to see each call of this tool first."""

    async def ask(self, call_id: str, tool_name: str, why: Why) -> bool:
        """True: make the call. Waits for the person."""


class Loop(Protocol):
    """One turn."""

    def run(self, messages: list[BaseMessage]) -> AsyncGenerator[AgentStep, None]:
        """Its steps, the last one FinalAnswer. Closing it stops model and tools."""


class Calls(Protocol):
    """The calls of the model in one turn."""

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """Those begun by now, also one that was left early."""


@dataclass(frozen=True)
class Plan:
    """How a model is going to answer: ``why`` is a key of the catalogue, ``system`` what it is told first."""

    strategy: Strategy
    why: str
    system: str


@dataclass(frozen=True)
class TurnOrder:
    """What one turn is made of; ``options`` are settled, ``language`` is that of the question.

    ``has_earlier`` says that the prompt holds more of the conversation than ``question``. ``on_place`` is told each
    place in the model's queue.
    """

    room_model: RoomModel
    owner: str
    options: AgentOptions
    plan: Plan
    tools: tuple[AgentTool, ...]
    permission: Permission
    question: str
    language: str
    has_earlier: bool
    on_place: Callable[[QueuePlace], None]


class Turns(Protocol):
    """Makes turns. Both methods may import libraries, and so block."""

    def plan(self, room_model: RoomModel, options: AgentOptions, language: str) -> Plan:
        """How ``room_model`` is going to answer."""

    def begin(self, order: TurnOrder) -> tuple[Loop, Calls]:
        """What answers now."""


# The tools that this owner may use, described in this language, those that are switched off too.
ToolsOf = Callable[[str, str], Awaitable[tuple[AgentTool, ...]]]
