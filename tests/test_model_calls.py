"""The model's calls within a turn of the agent: what is sent, what is kept, what is cut to fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.tool import tool_call

from agents.model_calls import SHORTENED, ModelCalls, as_part, parts_of
from agents.strategies.native import NativeModel
from chains.options import ConversationOptions, SamplingChoice
from chains.recorder import QueuePlace
from chains.room_model import RoomModel
from chains.run_record import Part
from errors import EngineBusy, PromptTooLong
from models.chat_model import LocalChatModel
from models.engine.protocol import Event, Generate, Queued
from tests.agent_turn import CallingModel, Query, Says, calls_of
from tests.scripted_engine import ObedientEngine
from tests.scripted_model import ScriptedModel

CALL = AIMessage("I look.", tool_calls=[tool_call(name="web_search", args={"query": "age"}, id="1")])


def turn_with(*results: str) -> list[BaseMessage]:
    """A prompt in the middle of a turn."""
    earlier = [SystemMessage("You help."), HumanMessage("Hi"), AIMessage("Hello")]
    calls = [message for text in results for message in (CALL, ToolMessage(text, tool_call_id="1"))]
    return [*earlier, HumanMessage("How old?"), *calls]


async def written(calls: ModelCalls, messages: list[BaseMessage], **options: Any) -> AIMessageChunk:
    chunks = [chunk async for chunk in calls.stream(messages, **options)]
    return sum(chunks[1:], chunks[0])


async def test_a_call_is_on_record_with_its_prompt_by_parts() -> None:
    calls = calls_of(ScriptedModel())
    message = await written(calls, turn_with("born in 1986"), step="decide")
    (run,) = calls.runs
    assert [tokens.part for tokens in run.prompt if tokens.part is not Part.MARKERS] == [
        Part.SYSTEM,
        Part.HISTORY,
        Part.HISTORY,
        Part.QUESTION,
        Part.CALLS,
        Part.RESULTS,
    ]
    assert b"".join(token.text for token in run.answer).decode() == message.text == "You said: born in 1986 "
    assert (run.model, run.step, run.finish_reason) == ("local/test", "decide", "stop")
    assert run.num_prompt == 17
    assert run.num_output == 5
    assert "logprobs" not in message.response_metadata, "they are in the record"


async def test_a_model_that_tells_little_is_on_record_with_what_is_known() -> None:
    calls = calls_of(ScriptedModel(tells_little=True))
    await written(calls, turn_with())
    assert (calls.runs[0].num_output, calls.runs[0].answer) == (None, ())


async def test_the_calls_own_options_win_over_those_of_the_conversation() -> None:
    model = ScriptedModel()
    room_model = RoomModel(model, model, "local/test", 500)
    options = ConversationOptions(sampling=SamplingChoice(temperature=0.7, top_k=3, stop=("END",)))
    calls = ModelCalls(room_model, "me", room_model.settled(options), lambda place: None)
    await written(calls, turn_with(), temperature=0.0, stop=["Observation:"], top_k=None, max_tokens=9)
    (asked,) = model.options
    assert (asked["owner"], asked["logprobs"]) == ("me", True)
    assert (asked["temperature"], asked["stop"], asked["max_tokens"]) == (0.0, ["Observation:"], 9)
    assert "top_k" not in asked
    assert calls.runs[0].sampling == {"temperature": 0.0, "max_tokens": 9, "stop": ["Observation:"]}


async def test_what_the_model_raises_is_raised_and_the_call_on_record() -> None:
    calls = calls_of(ScriptedModel(script=lambda _: ["half ", EngineBusy()]))
    with pytest.raises(EngineBusy):
        await written(calls, turn_with())
    assert b"".join(token.text for token in calls.runs[0].answer) == b"half "


class CrowdedEngine(ObedientEngine):
    """Has others to serve first."""

    def _events(self, request: Generate) -> Iterable[Event]:
        yield Queued(id="id", place=2, seconds=1.5)
        yield from super()._events(request)


async def test_places_in_the_queue_are_told_as_they_come() -> None:
    places: list[QueuePlace] = []
    local = LocalChatModel(engine=CrowdedEngine(), model_name="local/test", context_tokens=2_048)
    room_model = RoomModel(local, ScriptedModel(), "local/test", 2_048)
    calls = ModelCalls(room_model, "me", ConversationOptions(), places.append)
    assert (await written(calls, turn_with())).text == "Hello"
    assert places == [QueuePlace(2, 1.5)]
    assert calls.takes_grammar
    assert not calls_of(CallingModel()).takes_grammar


async def test_only_the_person_asks_the_question() -> None:
    told = as_part(HumanMessage("Observation: 1986"), Part.RESULTS)
    messages = [SystemMessage("s"), HumanMessage("How old?"), AIMessage("Thought"), told]
    assert parts_of(messages) == [Part.SYSTEM, Part.QUESTION, Part.CALLS, Part.RESULTS]


# --- fitting ---------------------------------------------------------------------------------------------------------


async def test_the_longest_result_is_shortened_until_the_prompt_fits() -> None:
    model = ScriptedModel()
    calls = calls_of(model, context_tokens=200)
    await written(calls, turn_with("word " * 300, "short and whole"), max_tokens=100)
    (sent,) = model.prompts
    assert sent[5].text.startswith("word word")
    assert sent[5].text.endswith(SHORTENED)
    assert sent[7].text == "short and whole"
    num_prompt = calls.runs[0].num_prompt
    assert num_prompt is not None
    assert 50 <= num_prompt <= 100


async def test_a_result_told_in_words_is_shortened_too() -> None:
    model = ScriptedModel()
    told = as_part(HumanMessage("word " * 300), Part.RESULTS)
    await written(calls_of(model, context_tokens=200), [*turn_with(), told], max_tokens=100)
    assert model.prompts[0][-1].text.endswith(SHORTENED)


async def test_tools_on_offer_take_room() -> None:
    model = CallingModel(script=[Says("x")] * 2)
    calls = calls_of(model, context_tokens=20)
    messages = turn_with()
    await written(calls, messages, max_tokens=10)
    with pytest.raises(PromptTooLong):
        await written(calls, messages, max_tokens=10, tools=[{"function": {"name": "a"}}] * 3)


@settings(max_examples=60, deadline=None)
@given(lengths=st.lists(st.integers(0, 400), max_size=5), room=st.integers(20, 400))
async def test_a_prompt_fits_or_is_said_to_be_too_long(lengths: list[int], room: int) -> None:
    model = ScriptedModel()
    calls = calls_of(model, context_tokens=room + 10)
    messages = turn_with(*("word " * length for length in lengths))
    try:
        await written(calls, messages, max_tokens=10)
    except PromptTooLong:
        assert not calls.runs
        return
    (sent,) = model.prompts
    assert len(await model.aread_prompt(sent)) <= room
    kinds = [(type(message), message.type) for message in messages]
    assert [(type(message), message.type) for message in sent] == kinds
    others = [message for message in messages if not isinstance(message, ToolMessage)]
    assert [message for message in sent if not isinstance(message, ToolMessage)] == others


# --- strategies ------------------------------------------------------------------------------------------------------


async def test_a_strategy_can_be_asked_for_a_whole_answer() -> None:
    model = NativeModel(calls=calls_of(ScriptedModel()))
    assert (await model.ainvoke("Hello")).text == "You said: Hello "
    with pytest.raises(NotImplementedError):
        model.invoke("Hello")


async def test_the_native_strategy_offers_the_tools_and_leaves_the_choice_to_the_model() -> None:
    model = CallingModel(script=[Says(calls=(("Query", {"query": "age"}),))])
    message = await NativeModel(calls=calls_of(model)).bind_tools([Query]).ainvoke("How old?")
    assert [call["args"] for call in message.tool_calls] == [{"query": "age"}]
    assert model.offered == [["Query"]]
