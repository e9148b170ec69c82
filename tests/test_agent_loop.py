"""The agent's loop: what happens in a turn, step by step, and what the model is told of it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agents.guard import TurnLimits
from agents.model_calls import ModelCalls
from agents.sources import Found
from agents.steps import Entered, FinalAnswer, LimitReached, Node, Outcome, TextDelta, Thought, ToolCall, ToolResult
from agents.strategies.native import NativeModel
from agents.tools.tool import Observation, Reach
from errors import EngineDied, ModelKeyRefused, PromptTooLong
from tests.agent_turn import QUESTION, CallingModel, Says, ScriptedTool, Turn, calls_of

PAGE = Found("Gabriel Boric", "He was born in 1986.", "https://example.org/boric", "example.org", "2024-05-01")


def search_for(query: str) -> tuple[str, dict[str, str]]:
    return ("web_search", {"query": query})


async def test_a_model_that_calls_nothing_just_answers() -> None:
    turn = await Turn([Says("It is 42.")], [ScriptedTool(["x"]).as_tool()]).run()
    assert turn.steps[:2] == [Entered(Node.MODEL), Entered(Node.ANSWER)]
    assert "".join(step.text for step in turn.of(TextDelta)) == "It is 42."
    assert turn.steps[-1] == FinalAnswer("It is 42.")
    assert turn.model.offered == [["web_search"]]


async def test_without_tools_a_call_is_no_call() -> None:
    turn = await Turn([Says("Let me see.", calls=(search_for("x"),))]).run()
    assert turn.of(ToolCall) == []
    assert turn.steps[-1] == FinalAnswer("Let me see.")


async def test_two_tools_in_a_row() -> None:
    search = ScriptedTool([("Another service was asked.", Observation((PAGE,)))])
    calculator = ScriptedTool(["4.2393"], name="calculator")
    tools = [search.as_tool(), calculator.as_tool(reach=Reach.HERE, is_untrusted=False)]
    script = [
        Says("I look for the age.", calls=(search_for("age president of Chile"),)),
        Says(calls=(("calculator", {"query": "37 ** 0.4"}),)),
        Says("It is 4.2393 [1]. Or so [7]."),
    ]
    turn = await Turn(script, tools).run()
    kinds = [type(step) for step in turn.steps if not isinstance(step, TextDelta | Entered)]
    assert kinds == [Thought, ToolCall, ToolResult, ToolCall, ToolResult, FinalAnswer]
    nodes = [step.node for step in turn.of(Entered)]
    assert nodes == [Node.MODEL, Node.ANSWER, Node.TOOLS, Node.MODEL, Node.TOOLS, Node.MODEL, Node.ANSWER]
    assert (search.queries, calculator.queries) == (["age president of Chile"], ["37 ** 0.4"])
    first, second = turn.of(ToolCall)
    assert (first.arguments, first.num_prompt, first.num_output) == ({"query": "age president of Chile"}, 20, 7)
    found, calculated = turn.of(ToolResult)
    assert (found.call_id, [source.number for source in found.sources]) == (first.id, [1])
    assert found.text.splitlines() == [
        "| Another service was asked.",
        "",
        "[1] Gabriel Boric · example.org · 2024-05-01",
        "https://example.org/boric",
        "| He was born in 1986.",
    ]
    assert (calculated.call_id, calculated.text, calculated.outcome) == (second.id, "4.2393", Outcome.DONE)
    assert [message.text for message in turn.told] == [found.text, calculated.text]
    assert turn.steps[-1] == FinalAnswer("It is 4.2393 [1]. Or so.", turn.book.all), "[7] is no source"


async def test_earlier_turns_are_neither_said_again_nor_changed() -> None:
    turn = Turn([Says(calls=(search_for("age"),)), Says("37")], [ScriptedTool(["x"]).as_tool()])
    asked = [SystemMessage("You help."), HumanMessage("Hi"), AIMessage("Hello to you"), HumanMessage(QUESTION)]
    turn.running = turn.loop.run(asked)
    await turn.run()
    assert "".join(step.text for step in turn.of(TextDelta)) == "37"
    assert [(type(message), message.text) for message in turn.model.prompts[1][:4]] == [
        (type(message), message.text) for message in asked
    ]


async def test_several_calls_in_one_answer_are_made_one_after_another() -> None:
    running: list[str] = []

    def busy(name: str) -> ScriptedTool:
        async def work() -> str:
            assert running == []
            running.append(name)
            await asyncio.sleep(0)
            running.remove(name)
            return name

        return ScriptedTool([work], name=name)

    names = ["one", "two", "three"]
    script = [Says(calls=tuple((name, {"query": name}) for name in [*names, "one"])), Says("Done.")]
    turn = await Turn(script, [busy(name).as_tool() for name in names]).run()
    order = [(type(step), getattr(step, "name", "")) for step in turn.steps if isinstance(step, ToolCall | ToolResult)]
    assert order == [(kind, name) for name in [*names, "one"] for kind in (ToolCall, ToolResult)]
    assert [message.text for message in turn.told] == ["| one", "| two", "| three", "| one"]


async def test_ids_that_a_model_gives_twice_or_not_at_all_are_made_different() -> None:
    calls = (search_for("a"), search_for("b"))
    script = [Says(calls=calls, call_id="same"), Says(calls=calls, call_id="same"), Says("Done.")]
    turn = await Turn(script, [ScriptedTool(["x"]).as_tool()]).run()
    ids = [step.id for step in turn.of(ToolCall)]
    assert len(set(ids)) == 4
    assert [step.call_id for step in turn.of(ToolResult)] == ids


async def test_a_tool_that_is_unknown_and_arguments_that_do_not_fit_are_told_to_the_model() -> None:
    search = ScriptedTool(["fine"])
    script = [
        Says(calls=(("browse", {"query": "x"}),)),
        Says(calls=(("web_search", {"max_results": 99}),)),
        Says(calls=(("web_search", '{"query": "half of'),), finish_reason="length"),
        Says(calls=((None, "{]"),)),
        Says(calls=(search_for("age"),)),
        Says("Done."),
    ]
    turn = await Turn(script, [search.as_tool()]).run()
    keys = [result.error_key for result in turn.of(ToolResult)]
    invalid = "error_arguments_invalid"
    assert keys == ["error_tool_unknown", invalid, invalid, "error_tool_unknown", ""]
    assert [result.outcome for result in turn.of(ToolResult)] == [Outcome.FAILED] * 4 + [Outcome.DONE]
    told = [message.text for message in turn.told]
    assert "web_search" in told[0], "what there is"
    assert "query: Field required." in told[1]
    assert "max_results: Input should be less than or equal to 10." in told[1]
    assert [message.status for message in turn.told] == ["error"] * 4 + ["success"]
    assert search.queries == ["age"], "the model mends its call"
    assert turn.steps[-1] == FinalAnswer("Done.")


async def test_a_turn_needs_no_thread() -> None:
    """Readers by the dozen wait for the disk in threads, and tools that were left may hold some for ever."""
    gate = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        threads.submit(gate.wait)
        try:
            turn = await Turn([Says(calls=(search_for("age"),)), Says("37")], [ScriptedTool(["x"]).as_tool()]).run()
        finally:
            gate.set()
    assert turn.steps[-1] == FinalAnswer("37")


@pytest.mark.parametrize("error", [ModelKeyRefused(model="google/x"), EngineDied(), PromptTooLong(length=9, limit=8)])
async def test_what_the_model_raises_is_raised_as_it_is(error: Exception) -> None:
    turn = Turn([Says(calls=(search_for("age"),)), error], [ScriptedTool(["x"]).as_tool()])
    with pytest.raises(type(error)) as raised:
        await turn.run()
    assert raised.value is error
    assert len(turn.of(ToolResult)) == 1, "what happened before it is told"


async def test_an_answer_that_its_length_cut_is_known_as_cut() -> None:
    turn = await Turn([Says("And then", finish_reason="length")]).run()
    assert turn.steps[-1] == FinalAnswer("And then", was_cut=True)


async def test_the_limit_of_calls_leaves_the_model_to_answer_from_what_it_has() -> None:
    search = ScriptedTool(["x"])
    many = tuple(search_for(f"age {number}") for number in range(4))
    script = [Says(calls=many[:2]), Says(calls=many), Says("From what I have.", calls=many)]
    turn = await Turn(script, [search.as_tool()], limits=TurnLimits(max_calls=3)).run()
    assert len(search.queries) == 3
    results = turn.of(ToolResult)
    assert [result.error_key for result in results] == [""] * 3 + ["error_call_limit"] * 3
    assert (results[-1].outcome, results[-1].values["limit"]) == (Outcome.REFUSED, "3")
    assert turn.of(LimitReached) == [LimitReached("calls")]
    assert turn.model.offered == [["web_search"], ["web_search"], []]
    assert turn.told[-1].text.endswith("No more tools can be called. Answer with what you have.")
    assert turn.steps[-1] == FinalAnswer("From what I have.")


async def test_the_native_strategy_over_a_model_with_all_its_calls_on_record() -> None:
    recorded: list[ModelCalls] = []

    def native(model: CallingModel) -> NativeModel:
        recorded.append(calls_of(model))
        return NativeModel(calls=recorded[0])

    script = [Says("Wait.", calls=(search_for("age"),)), Says("37")]
    turn = await Turn(script, [ScriptedTool(["born in 1986"]).as_tool()], strategy=native).run()
    assert turn.steps[-1] == FinalAnswer("37")
    assert "".join(step.text for step in turn.of(TextDelta)) == "Wait.37", "told once, by the strategy"
    assert [run.num_output for run in recorded[0].runs] == [7, 7]
    assert [message.text for message in turn.told] == ["| born in 1986"]
