"""Tools, structured output and probabilities of the real default model: it is not bright, but it obeys."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from models.chat_model import LocalChatModel
from models.engine.supervisor import Supervisor


@tool
def weather(city: str, days: Annotated[int, Field(ge=1, le=3)], unit: Literal["°C", "°F"]) -> str:
    """Tells the weather."""
    return f"{city}: {days} days of 20 {unit}"


class Person(BaseModel):
    """Whom the text is about."""

    name: Annotated[str, Field(max_length=20)]
    age: Annotated[int, Field(ge=0, le=130)]
    mood: Literal["happy", "sad"]


def model_over(engine: Supervisor, **options: object) -> LocalChatModel:
    fields = {"engine": engine, "model_name": "local/test", "context_tokens": 2_048, "max_tokens": 120}
    return LocalChatModel.model_validate({**fields, "temperature": 0, **options})


async def test_a_forced_call_fits_the_tools_schema_and_its_result_can_be_told(engine: Supervisor) -> None:
    model = model_over(engine).bind_tools([weather], tool_choice="any")
    question = HumanMessage("What will the weather be in San Francisco tomorrow?")
    whole = AIMessageChunk(content="")
    async for chunk in model.astream([question]):
        whole += chunk  # type: ignore[assignment]
    (call,) = whole.tool_calls
    result = await weather.ainvoke(call)
    assert whole.response_metadata["finish_reason"] == "tool_calls"
    assert isinstance(result, ToolMessage)
    asked = AIMessage("", tool_calls=[call])
    answer = await model_over(engine).bind_tools([weather]).ainvoke([question, asked, result])
    assert answer.text or answer.tool_calls


async def test_a_call_that_max_tokens_cuts_is_no_call(engine: Supervisor) -> None:
    model = model_over(engine, max_tokens=22).bind_tools([weather], tool_choice="weather")
    message = await model.ainvoke("What will the weather be in San Francisco tomorrow?")
    assert message.tool_calls == []
    assert len(message.invalid_tool_calls) == 1
    assert message.response_metadata["finish_reason"] == "length"


async def test_structured_output_is_an_instance_of_the_class(engine: Supervisor) -> None:
    held = model_over(engine).with_structured_output(Person)
    assert isinstance(await held.ainvoke("Maria is glad to have turned 34 in Lisbon."), Person)


async def test_each_token_comes_with_its_probability(engine: Supervisor) -> None:
    model = model_over(engine, max_tokens=6, logprobs=True, top_logprobs=2)
    message = await model.ainvoke("Count to one hundred.")
    tokens = message.response_metadata["logprobs"]["content"]
    assert "".join(token["token"] for token in tokens) == message.text
    assert len(tokens) == 6
    for token in tokens:
        assert token["logprob"] <= 0
        assert len(token["top_logprobs"]) == 2


async def test_tools_cost_tokens_of_the_prompt(engine: Supervisor) -> None:
    model = model_over(engine)
    without = await asyncio.to_thread(model.get_num_tokens_from_messages, [HumanMessage("hi")])
    with_tools = await asyncio.to_thread(model.get_num_tokens_from_messages, [HumanMessage("hi")], [weather])
    assert with_tools > without + 50
