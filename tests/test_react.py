"""The ReAct strategy over models that no grammar holds: what they are sent, and what becomes of what they write."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from agents.model_calls import parts_of
from agents.steps import FinalAnswer, TextDelta, Thought, ToolCall, ToolResult
from agents.strategies.react import ReActModel
from chains.run_record import Part
from tests.agent_turn import CallingModel, Says, ScriptedTool, Turn, calls_of

SEARCH = 'Thought: I have to look it up.\nAction: web_search\nAction Input: {"query": "age of Kast"}'
ANSWER = "Thought: I know it now.\nFinal Answer: He is 60 years old."


def turn(*script: Any, language: str = "en", **known: Any) -> Turn:
    def strategy(model: CallingModel) -> ReActModel:
        return ReActModel(calls=calls_of(model, context_tokens=5_000), language=language)

    tools = [ScriptedTool(["Kast is 60."]).as_tool()]
    return Turn([Says(text) for text in script], tools, strategy=strategy, **known)


async def test_thought_action_and_observation_go_round_as_text() -> None:
    done = await turn(SEARCH, ANSWER).run()
    assert done.of(Thought) == [Thought("I have to look it up.")]
    (call,), (result,) = done.of(ToolCall), done.of(ToolResult)
    assert (call.name, call.arguments) == ("web_search", {"query": "age of Kast"})
    assert result.text == "| Kast is 60."
    assert done.of(FinalAnswer)[-1].text == "He is 60 years old."
    assert "".join(delta.text for delta in done.of(TextDelta)[1:]).endswith("He is 60 years old.")
    system, _, step, observation = done.model.prompts[-1]
    assert "- web_search(query: string, max_results?: integer): Searches." in system.text
    assert step.text == SEARCH
    assert isinstance(observation, HumanMessage)
    assert observation.text == "Observation: | Kast is 60."
    assert parts_of(done.model.prompts[-1]) == [Part.SYSTEM, Part.QUESTION, Part.CALLS, Part.RESULTS]
    assert not any(done.model.offered)
    assert not any(isinstance(m, ToolMessage) or getattr(m, "tool_calls", ()) for m in done.model.prompts[-1])


async def test_the_thought_before_the_answer_is_no_part_of_it() -> None:
    done = await turn(ANSWER).run()
    assert "".join(delta.text for delta in done.of(TextDelta)) == "He is 60 years old."


async def test_what_the_model_makes_up_after_its_action_is_not_believed() -> None:
    done = await turn(f"{SEARCH}\nObservation: Kast is 20.\nFinal Answer: He is 20.", ANSWER).run()
    assert done.of(ToolResult)[0].text == "| Kast is 60."
    assert done.of(FinalAnswer)[-1].text == "He is 60 years old."


async def test_what_cannot_be_read_is_sent_back_once_with_the_reason() -> None:
    done = await turn("Action: stock_exchange\nAction Input: {}", SEARCH, ANSWER).run()
    *_, said, repair = done.model.prompts[1]
    assert isinstance(said, AIMessage)
    assert "there is no tool called 'stock_exchange'" in repair.text
    assert "web_search" in repair.text
    assert done.of(FinalAnswer)[-1].text == "He is 60 years old."


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        (("Action: nothing", "Thought: It is about 60.\nAction: nothing"), "It is about 60."),
        (("Action: nothing", "Action: nothing"), "I did not come to an answer."),
        (("He is 60.",), "He is 60."),
        (("",), "I did not come to an answer."),
    ],
)
async def test_every_turn_ends_with_an_answer(script: tuple[str, ...], answer: str) -> None:
    done = await turn(*script).run()
    assert done.of(FinalAnswer)[-1].text == answer
    assert len(done.model.prompts) == len(script)


async def test_the_same_action_again_is_answered_from_what_is_there() -> None:
    done = await turn(SEARCH, SEARCH, "Final Answer: 60.").run()
    assert len(done.of(ToolResult)) == 1
    assert done.of(FinalAnswer)[-1].text == "60."
    assert "No tool can be used any more" in done.model.prompts[-1][0].text


async def test_in_spanish_the_rules_are_spanish_and_the_labels_are_not() -> None:
    done = await turn("Pensamiento: ya lo sé\nRespuesta final: 60.", language="es").run()
    assert done.of(FinalAnswer)[-1].text == "60."
    told = done.model.prompts[0][0]
    assert isinstance(told, SystemMessage)
    assert "Tienes estas herramientas" in told.text
    assert "Final Answer:" in told.text
