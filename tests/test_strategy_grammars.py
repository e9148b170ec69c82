"""Whatever a local model writes under the grammars of the strategies is a call that its tool takes, or an answer."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from agents.options import Strategy
from agents.strategies.constrained import ANSWER
from agents.strategies.making import strategy_model
from agents.strategies.tool_schemas import MAX_CHARACTERS, capped, signature
from agents.strategies.turn_reading import done_in
from agents.tools.calculator import calculator_tool
from agents.tools.date_time import date_time_tool
from agents.tools.read_page import read_page_tool
from agents.tools.web_search import web_search_tool
from agents.tools.wikipedia import wikipedia_tool
from models.engine.json_grammar import schema_grammar
from tests.agent_turn import calls_of
from tests.gbnf import Gbnf
from tests.grammar_walker import walking_model

HELD = [Strategy.CONSTRAINED, Strategy.REACT]


async def unused(address: str) -> Any:
    raise AssertionError(address)


TOOLS = {
    tool.name: tool.tool
    for tool in (
        calculator_tool(),
        date_time_tool(),
        read_page_tool(unused),
        web_search_tool(None, None),
        wikipedia_tool(unused),
    )
}


def turn(*results: str) -> list[BaseMessage]:
    messages: list[BaseMessage] = [SystemMessage("You help."), HumanMessage("How old?")]
    for at, result in enumerate(results):
        call = {"name": "calculator", "args": {"expression": str(at)}, "id": str(at)}
        messages += [AIMessage("I calculate.", tool_calls=[call]), ToolMessage(result, tool_call_id=str(at))]
    return messages


@pytest.mark.parametrize("strategy", HELD)
@settings(max_examples=40)
@given(draw=st.randoms(use_true_random=False))
def test_every_call_parses_and_fits_its_tool(strategy: Strategy, draw: random.Random) -> None:
    model, engine = walking_model(draw)
    asked = strategy_model(strategy, calls_of(model, context_tokens=4_000), "en", "How old?").bind_tools(
        [*TOOLS.values()]
    )
    message = asyncio.run(asked.ainvoke(turn("0 = 0")))
    assert message.invalid_tool_calls == []
    assert message.text.strip() or message.tool_calls
    for call in message.tool_calls:
        schema = TOOLS[call["name"]].tool_call_schema
        assert isinstance(schema, type)
        assert issubclass(schema, BaseModel)
        schema.model_validate(call["args"])
    assert 1 <= len(engine.requests) <= 2


@pytest.mark.parametrize("strategy", HELD)
async def test_without_tools_there_is_nothing_but_an_answer(strategy: Strategy) -> None:
    model, engine = walking_model(random.Random(1))
    message = await strategy_model(strategy, calls_of(model, context_tokens=4_000), "en", "?").ainvoke(turn("0 = 0"))
    assert message.text
    assert message.tool_calls == []
    assert len(engine.requests) == 1
    assert engine.requests[0].prompt.tools == ()


async def test_to_answer_is_a_decision_and_no_tool() -> None:
    draw = random.Random(0)
    model, engine = walking_model(draw)
    calls = calls_of(model, context_tokens=4_000)
    asked = strategy_model(Strategy.CONSTRAINED, calls, "en", "How old?").bind_tools([TOOLS["calculator"]])
    messages = [await asked.ainvoke(turn()) for _ in range(12)]
    assert {bool(message.tool_calls) for message in messages} == {True, False}
    assert all(call["name"] != ANSWER for message in messages for call in message.tool_calls)
    assert {message.text for message in messages if not message.tool_calls} == {"Hello"}
    decided = [run for run in calls.runs if run.step == "decide"]
    assert len(decided) == 12
    assert len(engine.requests) == 12 + sum(not message.tool_calls for message in messages)


@pytest.mark.parametrize("strategy", HELD)
async def test_the_same_call_is_not_made_twice(strategy: Strategy) -> None:
    def nothing() -> str:
        """Does nothing."""
        return ""

    tool = StructuredTool.from_function(nothing, name="nothing")
    call = {"name": "nothing", "args": {}, "id": "1"}
    done = [HumanMessage("?"), AIMessage("", tool_calls=[call]), ToolMessage("done", tool_call_id="1")]
    for seed in range(8):
        model, _ = walking_model(random.Random(seed))
        asked = strategy_model(strategy, calls_of(model, context_tokens=4_000), "en", "?").bind_tools([tool])
        message = await asked.ainvoke(done)
        assert message.tool_calls == []
        assert message.text


class Everything(BaseModel):
    """Takes all kinds of things."""

    text: str
    anything: Any
    texts: list[str]
    labels: dict[str, str]
    either: str | int | None
    note: str = ""
    more: list[str] = []


@given(st.randoms(use_true_random=False))
def test_capped_tools_end_and_still_fit(draw: random.Random) -> None:
    function = capped(convert_to_openai_tool(Everything)["function"])
    value = Everything.model_validate_json(Gbnf(schema_grammar(function["parameters"])).any(draw))
    assert len(value.text) <= MAX_CHARACTERS
    assert value.more == []


def test_a_signature_tells_name_arguments_and_purpose_in_a_line() -> None:
    told = signature(convert_to_openai_tool(TOOLS["web_search"])["function"])
    assert told.startswith("- web_search(query: string, topic?: general|news|finance, ")
    assert told.endswith("Search the web. Returns titles, addresses and short texts of pages, the best first.")


def test_what_was_done_is_what_has_a_result_since_the_question() -> None:
    open_call = AIMessage("", tool_calls=[{"name": "calculator", "args": {}, "id": "9"}])
    failed = ToolMessage("no", tool_call_id="1", status="error")
    before = turn("1 = 1")
    messages = [*before, HumanMessage("And now?"), *turn("2 = 2")[2:], *turn("", "3")[4:5], failed, open_call]
    assert [(one.result, one.is_failed) for one in done_in(messages)] == [("2 = 2", False), ("no", True)]
