"""Chat models of services, by their real clients, against servers that speak their protocols."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.tools import tool

from chains.factory import build_chain
from chains.options import ConversationOptions, SamplingChoice
from chains.prompts import CHAT_PROMPT
from chains.room_model import RoomModel
from chains.streaming import PacedStream
from models.remote.estimated_prompt import EstimatingPromptReader
from models.remote.keys import ServiceKeys
from models.remote.openai_server import OpenAIWire
from models.remote.wire import ToolChoice
from tests.chat_services import (
    Reply,
    gemini_call,
    gemini_text,
    openai_call,
    openai_event,
    openai_fault,
    openai_text,
    openai_usage,
)
from tests.service_bench import ASKED, KEY, Bench

pytest_plugins = ["tests.service_fixtures"]

# --- answers ---------------------------------------------------------------------------------------------------------


async def test_an_answer_comes_in_pieces_and_tells_what_it_cost(bench: Bench) -> None:
    answer = await bench.answer(bench.text("Hello ", "to ", "you."))
    assert answer.text == "Hello to you."
    assert answer.usage_metadata is not None
    assert (answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]) == (12, 3)
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.response_metadata["model_name"] == bench.model.model_name
    assert answer.response_metadata["timings"].keys() == {"first_token_s", "decode_s"}


async def test_an_answer_that_reached_its_limit_says_so_in_our_words(gemini: Bench, openai: Bench) -> None:
    for bench, replies in (
        (gemini, (gemini_text("Hel", finish="MAX_TOKENS"), gemini_text("", finish="MAX_TOKENS"))),
        (openai, (openai_text("Hel", finish="length"), openai_text(finish="length"))),
    ):
        for reply in replies:  # a model that thinks may come to its limit before it says a word
            assert (await bench.answer(reply)).response_metadata["finish_reason"] == "length"


async def test_the_whole_answer_at_once_is_the_same(bench: Bench) -> None:
    bench.service.replies = [bench.text("Hello ", "you.")]
    assert (await bench.model.ainvoke(ASKED)).text == "Hello you."


async def test_a_chain_hears_each_piece_once(bench: Bench) -> None:
    bench.service.replies = [bench.text("Hello ", "to ", "you.")]
    chain = build_chain(CHAT_PROMPT, bench.model.bind(owner="ann"), run_name="chat")
    stream = PacedStream(chain, {"system_prompt": "Be brief.", "turns": ASKED}, {})
    async with aclosing(stream.read()) as news:
        read = [progress.text async for progress in news]
    assert "".join(read) == stream.recorder.text == "Hello to you."
    assert stream.recorder.message is not None
    assert stream.recorder.message.usage_metadata is not None


async def test_gemini_is_told_what_it_knows_of_our_options(gemini: Bench) -> None:
    sampling = SamplingChoice(temperature=4.0, top_p=0.9, top_k=0, min_p=0.1, repeat_penalty=1.2, seed=2**31 + 5)
    await gemini.answer(gemini_text("Yes."), **call_options(gemini, sampling.model_copy(update={"stop": ("END",)})))
    config = gemini.service.bodies[0]["generationConfig"]
    assert {name: value for name, value in config.items() if value is not None} == {
        "temperature": 2.0,
        "topP": 0.9,
        "seed": 5,
        "maxOutputTokens": 2_048,
        "stopSequences": ["END"],
        "candidateCount": 1,
    }
    assert gemini.service.requests[0][1] == KEY


async def test_a_server_of_ones_own_is_told_more_than_openai(openai: Bench) -> None:
    sampling = SamplingChoice(temperature=0.5, top_k=20, min_p=0.1, repeat_penalty=1.2, seed=5, stop=("END",))
    await openai.answer(openai_text("Yes."), **call_options(openai, sampling))
    body = openai.service.bodies[0]
    assert body.keys() - {"messages", "model", "stream", "stream_options"} == {
        *("temperature", "top_k", "min_p", "repeat_penalty", "seed", "stop", "max_tokens", "logprobs", "top_logprobs")
    }
    of_openai_itself = OpenAIWire("gpt-4o-mini", ServiceKeys(openai=KEY))
    assert not any(of_openai_itself.written({"top_k": 20}, ToolChoice((), "auto")).extras)


def call_options(bench: Bench, sampling: SamplingChoice) -> dict[str, Any]:
    room_model = RoomModel(bench.model, EstimatingPromptReader(), bench.model.model_name, 4_096)
    return room_model.call_options("ann", room_model.settled(ConversationOptions(sampling=sampling)))


async def test_what_a_server_does_not_take_is_left_out_from_then_on(openai: Bench) -> None:
    refusal = openai_fault(400, "Unsupported value: 'temperature' does not support 0.5", "unsupported_value")
    options: dict[str, Any] = {"logprobs": True, "temperature": 0.5, "stop": ["END"]}
    assert (await openai.answer(refusal, refusal, openai_text("Yes."), **options)).text == "Yes."
    await openai.answer(openai_text("Yes."), **options)
    first, second, third, later = ({*body} & {*options} for body in openai.service.bodies)
    assert (first, second, third, later) == ({*options}, {"temperature", "stop"}, {"stop"}, {"stop"})
    assert openai.pauses == []


async def test_what_a_server_fails_over_is_left_out_this_once(openai: Bench) -> None:
    failure = openai_fault(500, "logprobs is not supported for models created with logits_all=False")
    await openai.answer(failure, openai_text("Yes."), logprobs=True, max_tokens=8)
    await openai.answer(openai_text("Yes."), logprobs=True)
    assert ["logprobs" in body for body in openai.service.bodies] == [True, False, True]
    assert openai.service.bodies[1]["max_tokens"] == 8


async def test_probabilities_are_told_where_a_server_gives_them(openai: Bench) -> None:
    token = {"token": "Yes", "logprob": -0.1, "bytes": [89, 101, 115], "top_logprobs": []}
    events = (
        openai_event({"content": "Yes"}, logprobs={"content": [token], "refusal": None}),
        openai_event({}, "stop"),
    )
    answer = await openai.answer(Reply((*events, openai_usage())), logprobs=True, top_logprobs=2)
    assert [entry["token"] for entry in answer.response_metadata["logprobs"]["content"]] == ["Yes"]


async def test_what_only_a_model_of_our_own_can_do_is_not_quietly_left_out(bench: Bench) -> None:
    with pytest.raises(ValueError, match="grammar"):
        await bench.answer(bench.text("no"), grammar='root ::= "yes"')


async def test_halves_of_characters_do_not_stop_a_question(bench: Bench) -> None:
    bench.service.replies = [bench.text("Yes.")]
    assert (await bench.model.ainvoke([HumanMessage("a \ud83d b")])).text == "Yes."


# --- tools -----------------------------------------------------------------------------------------------------------


@tool
def age_of(person: str) -> str:
    """The age of a person in years."""
    return f"{person} is 37 years old."


@tool
def power(base: float, exponent: float) -> str:
    """base raised to exponent."""
    return f"{base**exponent:.2f}"


TWO_TOOLS = {
    "gemini": (
        gemini_call("age_of", {"person": "the president"}, "c2lnbmVkLTE="),
        gemini_call("power", {"base": 37, "exponent": 0.4}, "c2lnbmVkLTI="),
        gemini_text("About ", "4.24."),
    ),
    "openai": (
        openai_call("age_of", '{"person": ', '"the president"}'),
        openai_call("power", '{"base": 37, "expo', 'nent": 0.4}', call_id=None),
        openai_text("About ", "4.24."),
    ),
}


@pytest.mark.parametrize("kind", TWO_TOOLS)
async def test_an_agent_uses_two_tools_in_a_row(kind: str, benches: dict[str, Bench]) -> None:
    service = benches[kind].service
    service.replies = list(TWO_TOOLS[kind])
    agent: Any = create_agent(benches[kind].model, [age_of, power])
    asked = {"messages": [HumanMessage("The president's age to the power of 0.4?")]}
    told = [message async for message, _ in agent.astream(asked, stream_mode="messages")]
    assert [one.text for one in told if one.type == "tool"] == ["the president is 37 years old.", "4.24"]
    assert "".join(one.text for one in told if isinstance(one, AIMessageChunk)) == "About 4.24."
    if kind == "gemini":
        sent = [part for turn in service.bodies[2]["contents"] for part in turn["parts"]]
        signed = [part.get("thoughtSignature") for part in sent if "functionCall" in part]
        assert signed == ["c2lnbmVkLTE=", "c2lnbmVkLTI="]
    else:
        first, second = service.bodies[2]["messages"][1], service.bodies[2]["messages"][3]
        assert first["tool_calls"][0]["id"] == "call_1"
        assert second["tool_calls"][0]["id"] == service.bodies[2]["messages"][4]["tool_call_id"]


@pytest.mark.parametrize(
    ("choice", "of_gemini", "of_openai"),
    [
        (None, "AUTO", "auto"),
        ("any", "ANY", "required"),
        ("power", "ANY", {"type": "function", "function": {"name": "power"}}),
        ("none", None, None),
    ],
)
async def test_tools_are_chosen_in_each_services_words(
    choice: str | None, of_gemini: str | None, of_openai: Any, gemini: Bench, openai: Bench
) -> None:
    for bench in (gemini, openai):
        bench.service.replies = [bench.text("Yes.")]
        await bench.model.bind_tools([age_of, power], tool_choice=choice).ainvoke(ASKED)
    config = gemini.service.bodies[0].get("toolConfig", {}).get("functionCallingConfig", {})
    assert config.get("mode") == of_gemini
    assert config.get("allowedFunctionNames", ["power"]) in (["power"], ["age_of", "power"])
    assert openai.service.bodies[0].get("tool_choice") == of_openai
