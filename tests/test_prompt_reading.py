"""Prefills, completions and the tokens of a prompt, from LangChain's side."""

from __future__ import annotations

import asyncio
from itertools import groupby

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.runnables import ConfigurableField

from errors import EngineBusy, EngineDied, EngineUnavailable, GenerationFailed, TertuliaError
from models.engine.engine_requests import Sink
from models.engine.protocol import Prompt, ReadPrompt, Refused
from models.prompt_reading import PromptToken, read_prompt
from tests.scripted_engine import HELLO, model_over

ASKED = [SystemMessage("Be kind."), HumanMessage("\u00bfqu\u00e9?"), AIMessage("?")]


def owned(tokens: tuple[PromptToken, ...]) -> list[tuple[int | None, str]]:
    return [
        (message, b"".join(token.token_bytes for token in run).decode())
        for message, run in groupby(tokens, lambda token: token.message)
    ]


async def test_an_answer_may_be_begun_for_the_model() -> None:
    model, engine = model_over(*HELLO)
    assert (await model.ainvoke("hi", prefill="Oh, ", prefill_ids=[7, 8])).text == "Hello"
    assert (await model.bind(prefill="Ah").ainvoke("hi")).text == "Hello"
    configured = model.configurable_fields(prefill=ConfigurableField(id="prefill"))
    await configured.ainvoke("hi", {"configurable": {"prefill": "Eh"}})
    await model.ainvoke("hi")
    prompts = [request.prompt for request in engine.requests]
    assert [(prompt.prefill, prompt.prefill_ids) for prompt in prompts] == [
        ("Oh, ", (7, 8)),
        ("Ah", ()),
        ("Eh", ()),
        ("", ()),
    ]
    with pytest.raises(ValueError, match="prefill_ids"):
        await model.ainvoke("hi", prefill_ids=[-1])


async def test_a_completion_is_the_texts_and_nothing_else() -> None:
    model, engine = model_over(*HELLO)
    await model.ainvoke(ASKED, is_completion=True, prefill="!")
    prompt = engine.requests[0].prompt
    assert (prompt.text, prompt.messages, prompt.prefill) == ("Be kind.\u00bfqu\u00e9??", (), "!")
    with pytest.raises(ValueError, match="tools"):
        await model.bind_tools([word_length]).ainvoke(ASKED, is_completion=True)


def word_length(word: str) -> int:
    """How long is a word?"""
    return len(word)


async def test_the_tokens_of_a_prompt_tell_whose_text_they_are() -> None:
    model, engine = model_over()
    tokens = await model.aread_prompt(ASKED, prefill="Oh")
    assert owned(tokens) == [
        (None, "System: "),
        (0, "Be kind."),
        (None, "\n\nUser: "),
        (1, "\u00bfqu\u00e9?"),
        (None, "\n\nAssistant: "),
        (2, "?"),
        (None, "\n\nAssistant:"),
        (3, "Oh"),
    ]
    assert tokens[0] == PromptToken(token_id=ord("S"), token_bytes=b"S", message=None)
    assert engine.read[0].prompt.prefill == "Oh"


async def test_the_tokens_of_a_completion_are_those_of_the_message_they_begin_in() -> None:
    model, _ = model_over()
    messages = [HumanMessage(""), *ASKED, HumanMessage(""), HumanMessage("end")]
    tokens = await model.aread_prompt(messages, prefill="!", is_completion=True)
    assert owned(tokens) == [(1, "Be kind."), (2, "\u00bfqu\u00e9?"), (3, "?"), (5, "end"), (6, "!")]
    assert owned(await model.aread_prompt([], prefill="!", is_completion=True)) == [(0, "!")]


async def test_what_is_told_of_the_answers_shape_is_of_the_message_it_stands_in_or_nobodys() -> None:
    model, _ = model_over()
    shape = {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}
    told = owned(await model.aread_prompt(ASKED[:1], response_format=shape, prefill="{"))
    assert [message for message, _ in told] == [None, 0, None, 1]
    assert "Answer with JSON" in told[2][1]


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("busy", EngineBusy),
        ("died", EngineDied),
        ("unavailable", EngineUnavailable),
        ("failed", GenerationFailed),
    ],
)
async def test_a_prompt_that_cannot_be_read_is_an_error_with_a_sentence(
    reason: str, error: type[TertuliaError]
) -> None:
    model, _ = model_over(Refused.model_validate({"id": "id", "reason": reason}))
    with pytest.raises(error):
        await model.aread_prompt(ASKED)


async def test_whoever_reads_a_prompt_may_leave() -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    engine = HeldEngine()
    task = asyncio.create_task(read_prompt(engine, Prompt(text="hi"), [HumanMessage("hi")]))
    sink = await engine.asked
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    sink(Refused(id="id", reason="died"))
    await asyncio.sleep(0)
    assert faults == []


class HeldEngine:
    """Hands out the sink instead of an answer."""

    def __init__(self) -> None:
        self.asked: asyncio.Future[Sink] = asyncio.get_running_loop().create_future()

    def read_prompt(self, request: ReadPrompt, sink: Sink) -> str:
        self.asked.set_result(sink)
        return "id"
