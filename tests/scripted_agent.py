"""The Agent room over turns whose steps are written beforehand: everything of the page is real but the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage
from langchain_core.tools import StructuredTool

from agents.answers import AgentAnswers, AgentParts
from agents.approvals import Approvals
from agents.options import ROOM, AgentOptions, Strategy
from agents.sources import Source
from agents.steps import (
    AgentStep,
    ApprovalNeeded,
    Entered,
    FinalAnswer,
    LimitReached,
    Node,
    Outcome,
    Retrying,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
    Why,
)
from agents.strategies.choosing import Chosen
from agents.tools.tool import AgentTool, Reach
from agents.turns import Plan, TurnOrder
from chains.conversations import Conversations
from chains.live import LiveAnswers
from chains.model_shelf import Models
from chains.room_model import RoomModel
from chains.run_record import Part, PromptTokens, RunRecord
from components.services import AgentRoom
from storage.conversations import ConversationStore
from storage.database import Database
from storage.notes import NoteStore
from tests.dripping import drop_of, hostile_turn

Pace = Callable[[], Awaitable[object]]
PAGE = Source(
    "Presidente de Chile - Wikipedia",
    "The president of Chile was born in 1966 and is 60 years old. " * 12,
    "https://es.wikipedia.org/wiki/Presidente_de_Chile",
    "es.wikipedia.org",
    "2026-03-11",
    number=1,
)
NEWS = Source(
    "Chile's new president", "Sworn in on 11 March.", "https://news.example/chile?a=1&b=<2>", "news.example", number=2
)


class Forever(AgentStep):
    """A tool that never comes back."""


def two_tools(question: str) -> Iterator[AgentStep]:
    """A search, a calculation, and an answer; ``slow``, ``busy`` and ``limit`` in the question change it."""
    yield Entered(Node.MODEL)
    yield Thought("I need the president's age first.")
    yield ToolCall("call-1", "web_search", {"query": "age of the president of Chile", "max_results": 3}, 412, 31)
    yield Entered(Node.TOOLS)
    if "slow" in question:
        yield Forever()
    if "busy" in question:
        yield Retrying("call-1", 1, "error_service_busy")
    found = f"[1] {PAGE.title}: {PAGE.text}\n[2] {NEWS.title}: {NEWS.text}"
    yield ToolResult("call-1", "web_search", found, 0.84, sources=(PAGE, NEWS))
    yield Entered(Node.MODEL)
    yield ToolCall("call-2", "calculator", {"expression": "60 ** 0.4"}, 655, 18)
    yield Entered(Node.TOOLS)
    if "broken" in question:
        values = {"tool": "calculator", "expression": "60 ** 0.4"}
        yield ToolResult(
            "call-2",
            "calculator",
            "This cannot be calculated.",
            0.1,
            Outcome.FAILED,
            "error_calculation_invalid",
            values,
        )
    else:
        yield ToolResult("call-2", "calculator", "5.14339388265", 0.004)
    if "limit" in question:
        yield LimitReached("calls")
    yield Entered(Node.ANSWER)
    text = "The president of Chile is 60 years old [1], and 60 to the power of 0.4 is about **5.1434**."
    for word in text.split():
        yield TextDelta(word + " ")
    yield FinalAnswer(text, (PAGE, NEWS))


def plain(question: str) -> Iterator[AgentStep]:
    yield Entered(Node.ANSWER)
    words = [f"word{number}" for number in range(2_000)] if "endless" in question else f"You asked: {question}".split()
    for word in words:
        yield TextDelta(word + " ")
    yield FinalAnswer(" ".join(words))


def showpiece(question: str) -> Iterator[AgentStep]:
    if (dripping := drop_of(question)) is not None:
        return hostile_turn(dripping)
    return two_tools(question) if "Chile" in question else plain(question)


@dataclass
class ScriptedLoop:
    """One turn of ``steps``; ``pace`` is awaited before each."""

    steps: Iterator[AgentStep]
    order: TurnOrder
    pace: Pace
    runs: tuple[RunRecord, ...] = ()

    async def run(self, messages: list[BaseMessage]) -> AsyncGenerator[AgentStep, None]:
        refused: set[str] = set()
        for step in self.steps:
            await self.pace()
            if isinstance(step, Forever):
                await asyncio.Event().wait()
            if isinstance(step, ToolResult) and step.call_id in refused:
                values = {"tool": step.name}
                yield ToolResult(
                    step.call_id, step.name, "Not allowed.", 0.0, Outcome.REFUSED, "error_call_refused", values
                )
                continue
            if isinstance(step, ToolCall):
                self.runs = (*self.runs, _run(self.order, messages))
            yield step
            if isinstance(step, ToolCall) and self.order.permission.asks(step.name):
                yield ApprovalNeeded(step.id, Why.ASKED)
                if not await self.order.permission.ask(step.id, step.name, Why.ASKED):
                    refused.add(step.id)


def _run(order: TurnOrder, messages: Sequence[BaseMessage]) -> RunRecord:
    parts = [Part.SYSTEM, *[Part.QUESTION] * (len(messages) - 1)]
    prompt = tuple(
        PromptTokens(part=part, ids=(7,), texts=(str(message.text).encode(),))
        for part, message in zip(parts, messages, strict=True)
    )
    return RunRecord(model=order.room_model.name, num_prompt=40, num_output=9, decode_s=0.2, prompt=prompt)


@dataclass
class ScriptedTurns:
    """``orders`` are the turns that were begun."""

    script: Callable[[str], Iterator[AgentStep]] = showpiece
    pace: Pace = field(default=lambda: asyncio.sleep(0))
    orders: list[TurnOrder] = field(default_factory=list)

    def plan(self, room_model: RoomModel, options: AgentOptions, language: str) -> Plan:
        chosen = choose(room_model, options)
        return Plan(chosen.strategy, chosen.why, "You are an agent.")

    def begin(self, order: TurnOrder) -> tuple[ScriptedLoop, ScriptedLoop]:
        self.orders.append(order)
        loop = ScriptedLoop(self.script(order.question), order, self.pace)
        return loop, loop


def choose(room_model: RoomModel, options: AgentOptions) -> Chosen:
    if options.strategy is Strategy.AUTO:
        return Chosen(Strategy.CONSTRAINED, "app_strategy_why_middling")
    return Chosen(options.strategy, "app_strategy_why_asked")


def scripted_tools() -> tuple[AgentTool, ...]:
    """Two that the catalogue knows, and one that an operator brought."""

    def tool(name: str, does: str) -> StructuredTool:
        return StructuredTool.from_function(lambda: "", name=name, description=does)

    return (
        AgentTool(tool("web_search", "Searches."), Reach.SERVICE, is_untrusted=True),
        AgentTool(tool("calculator", "Calculates."), Reach.HERE, is_untrusted=False),
        AgentTool(
            tool("shop_stock", "Says <b>how many</b> are left."), Reach.SERVICE, is_untrusted=True, label="Stock"
        ),
    )


def scripted_agent_room(
    database: Database, models: Models, turns: ScriptedTurns, max_characters: int = 16_000
) -> AgentRoom:
    """Over conversations in ``database``."""
    store, live = ConversationStore(database), LiveAnswers()

    async def tools(owner: str, language: str) -> tuple[AgentTool, ...]:
        return scripted_tools()

    parts = AgentParts(models, tools, turns, Approvals(), max_characters)
    answers = AgentAnswers(store, NoteStore(database), live, parts)
    notes = {"web_search": "app_tool_note_no_key", "weather": "app_tool_note_server"}
    return AgentRoom(Conversations(store, live, ROOM), answers, models, choose, lambda: notes, lambda: None)
