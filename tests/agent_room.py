"""The answering service of the agent's room over turns whose steps are written beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.tools import StructuredTool

from agents.answers import AgentAnswers, AgentParts
from agents.approvals import Approvals
from agents.options import ROOM, AgentOptions, Strategy
from agents.record import AgentRecord
from agents.sources import Source
from agents.steps import (
    AgentStep,
    ApprovalNeeded,
    Entered,
    FinalAnswer,
    Node,
    Outcome,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
    Why,
)
from agents.tools.tool import AgentTool, Reach
from agents.trace import AgentAnswer, Growing
from agents.turns import Calls, Loop, Plan, TurnOrder
from chains.conversations import Conversations
from chains.live import LiveAnswers
from chains.options import SamplingChoice
from chains.recorder import QueuePlace
from chains.replies import Place
from chains.room_model import PromptReader, RoomModel
from chains.run_record import RunRecord
from errors import CallRefused
from storage.conversations import ConversationStore
from storage.notes import NoteStore
from storage.records import Message
from tests.scripted_model import ScriptedModel
from tests.scripted_shelf import ScriptedShelf

OWNER = "ana"
MAX_CHARACTERS = 1_000
MAX_ANSWER_TOKENS = 40
MODELS = ("local/small", "google/large")


@dataclass(frozen=True)
class Asks:
    """In a script: the call waits for the person, and is refused when they do not allow it."""

    call_id: str
    name: str
    why: Why = Why.ASKED


@dataclass(frozen=True)
class InLine:
    """In a script: the model's call has this place in its queue."""

    place: QueuePlace


Piece = AgentStep | Asks | InLine | Exception
Script = Callable[[str], Iterable[Piece]]

BORIC = Source(
    "Gabriel Boric", "Gabriel Boric was born in 1986.", "https://es.example.org/boric", "es.example.org", number=1
)
AGE = Source("Ages", "He is 37 years old.", "https://ages.example.org/", "ages.example.org", "2023-05-01", number=2)
ANSWER = "37 raised to 0.4 is 4.2394 [2]."


def president(question: str) -> Sequence[Piece]:
    """The course's example: two tools in a row."""
    return (
        Entered(Node.MODEL),
        TextDelta("I look for the age."),
        Thought("I look for the age."),
        ToolCall("c1", "web_search", {"query": "age of the president of Chile"}, 120, 18),
        Entered(Node.TOOLS),
        ToolResult("c1", "web_search", "[1] Gabriel Boric\n| born in 1986", 0.4, sources=(BORIC, AGE)),
        Entered(Node.MODEL),
        ToolCall("c2", "calculator", {"expression": "37 ** 0.4"}, 300, 12),
        Entered(Node.TOOLS),
        ToolResult("c2", "calculator", "4.23937", 0.01),
        Entered(Node.ANSWER),
        TextDelta("37 raised to 0.4 "),
        TextDelta("is 4.2394 [2]."),
        FinalAnswer(ANSWER, (AGE,)),
    )


@dataclass
class ScriptedTurns:
    """``pace`` is awaited before each piece of ``script``; ``orders`` and ``prompts`` are those of the turns so far."""

    script: Script = president
    pace: Callable[[], Any] | None = None
    runs: tuple[RunRecord, ...] = (RunRecord(model="scripted", num_output=7),)
    orders: list[TurnOrder] = field(default_factory=list)
    prompts: list[list[BaseMessage]] = field(default_factory=list)
    num_closed: int = 0

    def plan(self, room_model: RoomModel, options: AgentOptions, language: str) -> Plan:
        is_auto = options.strategy is Strategy.AUTO
        strategy = Strategy.NATIVE if is_auto else options.strategy
        why = "app_strategy_why_large" if is_auto else "app_strategy_why_asked"
        return Plan(strategy, why, f"You are the agent, in {language}.")

    def begin(self, order: TurnOrder) -> tuple[Loop, Calls]:
        self.orders.append(order)
        turn = ScriptedTurn(self, order)
        return turn, turn


@dataclass
class ScriptedTurn:
    """Loop and calls of one turn."""

    turns: ScriptedTurns
    order: TurnOrder

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        return self.turns.runs

    async def run(self, messages: list[BaseMessage]) -> AsyncGenerator[AgentStep, None]:
        self.turns.prompts.append(messages)
        is_whole = False
        try:
            for piece in self.turns.script(self.order.question):
                await (self.turns.pace() if self.turns.pace else asyncio.sleep(0))
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, InLine):
                    self.order.on_place(piece.place)
                elif isinstance(piece, AgentStep):
                    yield piece
                else:
                    async with aclosing(self._ask(piece)) as steps:
                        async for step in steps:
                            yield step
            is_whole = True
        finally:
            self.turns.num_closed += not is_whole

    async def _ask(self, asks: Asks) -> AsyncGenerator[AgentStep, None]:
        permission = self.order.permission
        if asks.why is Why.ASKED and not permission.asks(asks.name):
            return
        yield ApprovalNeeded(asks.call_id, asks.why)
        if not await permission.ask(asks.call_id, asks.name, asks.why):
            text, values = CallRefused.told, {"tool": asks.name}
            yield ToolResult(asks.call_id, asks.name, text, 0.0, Outcome.REFUSED, CallRefused.key, values)


def scripted_tool(name: str) -> AgentTool:
    async def call(query: str) -> str:
        return query

    return AgentTool(StructuredTool.from_function(coroutine=call, name=name, description=name), Reach.SERVICE, True)


@dataclass
class AgentRoom:
    """One conversation in it is under way: ``id``."""

    store: ConversationStore
    notes: NoteStore
    turns: ScriptedTurns = field(default_factory=ScriptedTurns)
    model: BaseChatModel = field(default_factory=ScriptedModel)
    reader: PromptReader = field(default_factory=ScriptedModel)
    context_tokens: int = 10_000
    tools: tuple[AgentTool, ...] = (scripted_tool("web_search"), scripted_tool("calculator"))
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.live = LiveAnswers()
        self.approvals = Approvals()
        self.conversations = Conversations(self.store, self.live, ROOM)
        parts = AgentParts(ScriptedShelf(*self.models), self.offer_tools, self.turns, self.approvals, MAX_CHARACTERS)
        self.answers = AgentAnswers(self.store, self.notes, self.live, parts)
        self.id = self.store.create(OWNER, options=self.options, room=ROOM).id

    @property
    def models(self) -> list[RoomModel]:
        defaults = SamplingChoice(max_tokens=MAX_ANSWER_TOKENS, temperature=0.6)
        return [RoomModel(self.model, self.reader, name, self.context_tokens, defaults) for name in MODELS]

    async def offer_tools(self, owner: str, language: str) -> tuple[AgentTool, ...]:
        return self.tools

    @property
    def here(self) -> Place:
        return Place(OWNER, self.id, "en")

    @property
    def scripted(self) -> ScriptedModel:
        """The model that gives conversations their titles."""
        assert isinstance(self.model, ScriptedModel)
        return self.model

    @property
    def prompts(self) -> list[list[tuple[str, str]]]:
        """Who says what in each prompt."""
        return [[(message.type, message.text) for message in prompt] for prompt in self.turns.prompts]

    @property
    def branch(self) -> tuple[Message, ...]:
        return self.store.tree(OWNER, self.id).path

    @property
    def shape(self) -> list[tuple[str, str]]:
        """Text and status of each message stored."""
        return [(message.text, message.status.value) for message in self.branch]

    def choose(self, **options: Any) -> None:
        self.conversations.change_options(OWNER, self.id, AgentOptions(**options))

    async def say(self, question: str) -> AgentAnswer:
        """Ask, and wait for the answer and for what the model does after it."""
        return await self.hear(self.answers.ask(self.here, question))

    async def hear(self, answers: Growing) -> AgentAnswer:
        """The answer as it is in the end."""
        async with aclosing(answers):
            async for answer in answers:
                last = answer
        await self.answers.settled(self.id)
        return last

    def record(self, message: Message) -> AgentRecord:
        record = self.answers.record(OWNER, self.id, message.id)
        assert record is not None
        return record


AgentRoomOf = Callable[..., AgentRoom]
