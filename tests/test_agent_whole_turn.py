"""The agent's room over LangChain's loop: what is stored of turns that a model and tools really make."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Any

from agents.approvals import Decision
from agents.beginning import begin
from agents.options import AgentOptions, Strategy
from agents.planning import planned
from agents.sources import Found
from agents.steps import ApprovalNeeded, FinalAnswer, Outcome, ToolCall, ToolResult
from agents.tools.calculator import calculator_tool
from agents.tools.tool import Observation
from agents.turns import Calls, Loop, Plan, TurnOrder
from chains.room_model import RoomModel
from errors import ServiceKeyRefused
from storage.records import MessageStatus
from tests.agent_room import OWNER, AgentRoom, AgentRoomOf, ScriptedTurns
from tests.agent_turn import CallingModel, Says, ScriptedTool
from tests.chat_room import until

pytest_plugins = ["tests.storage_fixtures", "tests.agent_room_fixtures"]

CHILE = "How old is the president of Chile, raised to 0.4?"
FOUND = Observation(
    (Found("Presidents", "The president is 37 years old.", "https://chile.example.org/", "example.org"),)
)
SEARCHES = Says("I look for the age.", (("web_search", {"query": "age president Chile"}),))
CALCULATES = Says("", (("calculator", {"expression": "37 ** 0.4"}),))
ANSWERS = Says("It is 4.239 [1], not 5 [7].")


@dataclass
class RealTurns(ScriptedTurns):
    """Those of the program."""

    def plan(self, room_model: RoomModel, options: AgentOptions, language: str) -> Plan:
        return planned(room_model, options, language, date(2026, 3, 1))

    def begin(self, order: TurnOrder) -> tuple[Loop, Calls]:
        return begin(order)


def whole_room(agent_room: AgentRoomOf, search: ScriptedTool, *script: Any, **options: Any) -> AgentRoom:
    model = CallingModel(script=[*script, Says("A title")])
    tools = (search.as_tool(), calculator_tool())
    return agent_room(turns=RealTurns(), model=model, tools=tools, options=options)


async def test_two_tools_in_a_row(agent_room: AgentRoomOf) -> None:
    room = whole_room(agent_room, ScriptedTool([("", FOUND)]), SEARCHES, CALCULATES, ANSWERS)
    answer = await room.say(CHILE)
    assert (answer.message.text, answer.message.status) == ("It is 4.239 [1], not 5.", MessageStatus.COMPLETE)
    assert [source.url for source in answer.sources] == ["https://chile.example.org/"]
    assert [step.name for step in answer.steps if isinstance(step, ToolCall)] == ["web_search", "calculator"]
    assert answer.strategy is Strategy.NATIVE
    record = room.record(answer.message)
    assert record.told == answer.steps
    assert [run.finish_reason for run in record.runs] == ["stop"] * 3
    assert record.runs[2].prompt != record.runs[0].prompt
    assert answer.message.figures["num_output"] == 21


async def test_a_tool_that_fails_is_a_step_and_no_end(agent_room: AgentRoomOf) -> None:
    search = ScriptedTool([ServiceKeyRefused(tool="web_search", service="Tavily")])
    room = whole_room(agent_room, search, SEARCHES, Says("I cannot search now."))
    answer = await room.say(CHILE)
    (result,) = [step for step in answer.steps if isinstance(step, ToolResult)]
    assert (result.outcome, result.error_key) == (Outcome.FAILED, ServiceKeyRefused.key)
    assert (answer.message.text, answer.message.status) == ("I cannot search now.", MessageStatus.COMPLETE)


async def test_stopping_inside_a_slow_tool_keeps_its_call(agent_room: AgentRoomOf) -> None:
    room = whole_room(agent_room, ScriptedTool([asyncio.Event().wait]), SEARCHES)
    async with aclosing(room.answers.ask(room.here, CHILE)) as answers:
        async for answer in answers:
            if any(isinstance(step, ToolCall) for step in answer.steps):
                break
    assert room.shape == [(CHILE, "complete"), ("", "stopped")]
    record = room.record(room.branch[1])
    assert isinstance(record.told[-1], ToolCall)
    assert len(record.runs) == 1


async def test_a_call_waits_for_its_person(agent_room: AgentRoomOf) -> None:
    search = ScriptedTool([("", FOUND)])
    room = whole_room(agent_room, search, SEARCHES, CALCULATES, ANSWERS, asks_before=True)
    asking = asyncio.create_task(room.say(CHILE))
    decided: list[str] = []

    def is_asked_again() -> bool:
        live = room.live.of(room.id)
        waiting = getattr(live, "waiting", None)
        if isinstance(waiting, ApprovalNeeded) and waiting.call_id not in decided:
            decided.append(waiting.call_id)
            return True
        return asking.done()

    await until(is_asked_again)
    assert search.queries == []
    room.answers.decide(OWNER, room.id, decided[-1], Decision.ALWAYS)
    await until(is_asked_again)
    room.answers.decide(OWNER, room.id, decided[-1], Decision.REJECT)
    answer = await asking
    assert len(search.queries) == 1
    results = [step for step in answer.steps if isinstance(step, ToolResult)]
    assert [step.outcome for step in results] == [Outcome.DONE, Outcome.REFUSED]
    assert isinstance(answer.steps[-1], FinalAnswer)
    assert room.store.get(OWNER, room.id).options["always_allowed"] == ["web_search"]
