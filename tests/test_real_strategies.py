"""The strategies with the real default model: small as it is, its calls always parse, and what it says was found."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from agents.gate import Gate
from agents.guard import Guard, TurnLimits
from agents.loop import AgentLoop
from agents.model_calls import ModelCalls
from agents.options import AgentOptions, Strategy
from agents.prompts import system_prompt
from agents.source_book import SourceBook
from agents.sources import Found
from agents.steps import AgentStep, FinalAnswer, ToolCall
from agents.strategies.making import strategy_model
from agents.tools.calculator import calculator_tool
from agents.tools.date_time import date_time_tool
from chains.options import SamplingChoice
from chains.room_model import RoomModel
from models.chat_model import LocalChatModel
from models.engine.supervisor import Supervisor
from tests.agent_turn import ScriptedPerson
from tests.looked_up import ARGENTINA, ARGENTINA_ES, CHILE, CHILE_ES, searching

CLOCK = date_time_tool(lambda: datetime(2026, 11, 22, 8, 30, tzinfo=UTC))
QUESTIONS = [
    ("current president of Argentina", "en", ARGENTINA),
    ("¿Quién es el presidente actual de Argentina?", "es", ARGENTINA_ES),
]


def room_over(engine: Supervisor) -> RoomModel:
    fields = {"engine": engine, "model_name": "local/test", "context_tokens": 2_048, "max_tokens": 60}
    model = LocalChatModel.model_validate({**fields, "temperature": 0, "repeat_penalty": 1.1})
    return RoomModel(model, model, "local/test", 2_048, num_parameters=135e6)


async def turn(
    engine: Supervisor, strategy: Strategy, question: str, language: str, found: tuple[Found, ...], max_calls: int = 4
) -> tuple[list[AgentStep], ModelCalls]:
    room_model = room_over(engine)
    options = room_model.settled(AgentOptions(sampling=SamplingChoice(max_tokens=60)))
    calls = ModelCalls(room_model, "me", options, lambda place: None)
    tools = [searching(found)[1], calculator_tool(), CLOCK]
    guard = Guard(SourceBook(), Gate(question, False), ScriptedPerson())
    limits = TurnLimits(max_calls=max_calls, max_seconds=600)
    loop = AgentLoop(strategy_model(strategy, calls, language, question), tools, guard, limits)
    system = SystemMessage(system_prompt(strategy, language, date(2026, 11, 22)))
    return [step async for step in loop.run([system, HumanMessage(question)])], calls


def fits(tools: dict[str, BaseTool], call: ToolCall) -> bool:
    schema = tools[call.name].tool_call_schema
    assert isinstance(schema, type)
    assert issubclass(schema, BaseModel)
    return bool(schema.model_validate(dict(call.arguments)))


@pytest.mark.parametrize("strategy", [Strategy.CONSTRAINED, Strategy.REACT])
async def test_every_call_of_the_default_model_parses_and_fits(engine: Supervisor, strategy: Strategy) -> None:
    tools = {tool.name: tool.tool for tool in (searching(())[1], calculator_tool(), CLOCK)}
    turns = [turn(engine, strategy, question, language, found, 1) for question, language, found in QUESTIONS]
    for steps, _ in await asyncio.gather(*turns):
        assert all(fits(tools, step) for step in steps if isinstance(step, ToolCall))
        assert isinstance(steps[-1], FinalAnswer)
        assert steps[-1].text


@pytest.mark.parametrize(("question", "language", "found"), QUESTIONS)
async def test_search_first_finds_the_president(
    float_engine: Supervisor, question: str, language: str, found: tuple[Found, ...]
) -> None:
    steps, calls = await turn(float_engine, Strategy.SEARCH_FIRST, question, language, found)
    answer = steps[-1]
    assert isinstance(answer, FinalAnswer)
    assert "Javier Milei" in answer.text
    assert "[1]" in answer.text
    assert [run.step for run in calls.runs] == ["quote"]
    assert not answer.was_cut


@pytest.mark.parametrize(
    ("question", "language", "found", "expression"),
    [
        ("age of the president of Chile raised to 0.4", "en", CHILE, "60 ** 0.4"),
        ("edad del presidente de Chile elevada a 0.4", "es", CHILE_ES, "60 ** 0.4"),
    ],
)
async def test_search_first_works_with_what_it_found(
    float_engine: Supervisor, question: str, language: str, found: tuple[Found, ...], expression: str
) -> None:
    steps, _ = await turn(float_engine, Strategy.SEARCH_FIRST, question, language, found)
    names = [step.name for step in steps if isinstance(step, ToolCall)]
    assert (names[0], names[-1]) == ("web_search", "calculator")
    answer = steps[-1]
    assert isinstance(answer, FinalAnswer)
    assert f"{expression} = 5.14352079676" in answer.text
    assert "Kast" in answer.text
