"""A whole turn of the agent with models of services, by their real clients."""

from __future__ import annotations

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from agents.gate import Gate
from agents.guard import Guard
from agents.loop import AgentLoop
from agents.model_calls import ModelCalls
from agents.source_book import SourceBook
from agents.steps import AgentStep, FinalAnswer, ToolCall, ToolResult
from agents.strategies.native import NativeModel
from agents.tools.calculator import calculator_tool
from chains.run_record import Part, RunRecord
from errors import ModelKeyRefused
from models.remote.estimated_prompt import EstimatingPromptReader
from tests.agent_turn import HURRIED, QUESTION, ScriptedPerson, ScriptedTool, calls_of
from tests.chat_services import gemini_call, gemini_fault, gemini_text, openai_call, openai_fault, openai_text
from tests.service_bench import KEY, Bench

pytest_plugins = ["tests.service_fixtures"]

REPLIES = {
    "gemini": (
        gemini_call("web_search", {"query": "president of Chile"}, "c2lnbmVkLTE="),
        gemini_call("calculator", {"expression": "37 ** 0.4"}, "c2lnbmVkLTI="),
        gemini_text("About ", "4.24."),
    ),
    "openai": (
        openai_call("web_search", '{"query": "president ', 'of Chile"}'),
        openai_call("calculator", '{"expression": "37 ** 0.4"}', call_id="call_2"),
        openai_text("About ", "4.24."),
    ),
}


def calls_over(bench: Bench) -> ModelCalls:
    return calls_of(bench.model, EstimatingPromptReader(), 4_096)


async def turn(calls: ModelCalls) -> list[AgentStep]:
    tools = [ScriptedTool(["He is 37 years old."]).as_tool(), calculator_tool()]
    book = SourceBook()
    guard = Guard(book, Gate(QUESTION, False), ScriptedPerson())
    loop = AgentLoop(NativeModel(calls=calls), tools, guard, HURRIED)
    return [step async for step in loop.run([SystemMessage("You help."), HumanMessage(QUESTION)])]


def text_of(run: RunRecord, part: Part) -> str:
    return b"".join(b"".join(one.texts) for one in run.prompt if one.part is part).decode()


@pytest.mark.parametrize("kind", REPLIES)
async def test_a_turn_with_two_tools_is_told_and_recorded(kind: str, benches: dict[str, Bench]) -> None:
    bench = benches[kind]
    bench.service.replies = list(REPLIES[kind])
    calls = calls_over(bench)
    steps = await turn(calls)
    called = [step for step in steps if isinstance(step, ToolCall)]
    assert [(step.name, step.num_prompt) for step in called] == [("web_search", 12), ("calculator", 12)]
    assert "4.239" in [step.text for step in steps if isinstance(step, ToolResult)][1]
    assert isinstance(steps[-1], FinalAnswer)
    assert steps[-1].text == "About 4.24."
    last = calls.runs[-1]
    assert (len(calls.runs), last.model, last.num_prompt, last.finish_reason) == (3, bench.model.model_name, 12, "stop")
    assert text_of(last, Part.QUESTION) == QUESTION
    assert '"37 ** 0.4"' in text_of(last, Part.CALLS)
    assert "He is 37 years old." in text_of(last, Part.RESULTS)


async def test_thought_signatures_come_back_with_their_calls(gemini: Bench) -> None:
    gemini.service.replies = list(REPLIES["gemini"])
    await turn(calls_over(gemini))
    parts = [part for turn in gemini.service.bodies[2]["contents"] for part in turn["parts"]]
    assert [one["thoughtSignature"] for one in parts if "functionCall" in one] == ["c2lnbmVkLTE=", "c2lnbmVkLTI="]


FAULTS = {
    "gemini": gemini_fault(400, f"API key not valid: {KEY}", "API_KEY_INVALID"),
    "openai": openai_fault(401, f"Incorrect API key provided: {KEY}"),
}


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_of_the_model_ends_the_turn_with_what_was_done(kind: str, benches: dict[str, Bench]) -> None:
    bench = benches[kind]
    bench.service.replies = [REPLIES[kind][0], FAULTS[kind]]
    calls = calls_over(bench)
    with pytest.raises(ModelKeyRefused) as caught:
        await turn(calls)
    assert KEY not in repr((caught.value, calls.runs))
    assert "He is 37 years old." in text_of(calls.runs[-1], Part.RESULTS)
