"""LocalChatModel over a scripted engine: LangChain's side of the bargain."""

from __future__ import annotations

import asyncio
import math
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import ConfigurableField

from errors import EngineBusy, EngineDied, EngineUnavailable, GenerationFailed, PromptTooLong, TertuliaError
from models.chat_model import LocalChatModel
from models.engine.distribution import Candidate, TokenChoice
from models.engine.protocol import Event, Piece, Queued, Refused
from models.sampling import SamplingParams
from tests.scripted_engine import END, HELLO, model_over


async def test_all_six_ways_of_calling_give_the_same_answer() -> None:
    model, _ = model_over(*HELLO)
    streamed = "".join(chunk.text for chunk in await asyncio.to_thread(lambda: list(model.stream("hi"))))
    astreamed = "".join([chunk.text async for chunk in model.astream("hi")])
    batched = [message.text for message in await asyncio.to_thread(model.batch, ["a", "b"])]
    abatched = [message.text for message in await model.abatch(["a", "b"])]
    invoked = await asyncio.to_thread(model.invoke, "hi")
    assert {invoked.text, (await model.ainvoke("hi")).text, streamed, astreamed, *batched, *abatched} == {"Hello"}


async def test_usage_counts_real_tokens_and_the_cache() -> None:
    model, _ = model_over(*HELLO)
    message = await model.ainvoke("hi")
    assert message.usage_metadata == {
        "input_tokens": 5,
        "output_tokens": 2,
        "total_tokens": 7,
        "input_token_details": {"cache_read": 3},
    }
    assert message.response_metadata["finish_reason"] == "stop"
    assert message.response_metadata["model_name"] == "local/test"
    assert message.response_metadata["seed"] == 9


async def test_options_of_a_call_beat_those_of_the_model() -> None:
    model, engine = model_over(*HELLO, temperature=0.5, stop=["A"])
    await model.ainvoke("hi")
    await model.ainvoke("hi", temperature=0, max_tokens=3, top_p=0.5, top_k=7, min_p=0.2, seed=1, stop=["B"])
    first, second = (request.sampling for request in engine.requests)
    assert (first.temperature, first.max_tokens, first.stop) == (0.5, 10, ("A",))
    assert second == SamplingParams(max_tokens=3, temperature=0, top_p=0.5, top_k=7, min_p=0.2, seed=1, stop=("B",))


async def test_roles_are_those_of_chat_templates() -> None:
    model, engine = model_over(*HELLO)
    await model.ainvoke(
        [SystemMessage("s"), HumanMessage("h"), AIMessage("a"), HumanMessage([{"type": "text", "text": "h2"}])]
    )
    roles = [(message.role, message.content) for message in engine.requests[0].prompt.messages]
    assert roles == [("system", "s"), ("user", "h"), ("assistant", "a"), ("user", "h2")]


async def test_leaving_a_stream_cancels_the_request() -> None:
    model, engine = model_over(*HELLO)
    stream = model.astream("hi")
    async for _ in stream:
        break
    await stream.aclose()  # type: ignore[attr-defined]
    assert engine.cancelled == ["id"]


async def test_cancelling_the_task_cancels_the_request() -> None:
    model, engine = model_over(Piece(id="id", text="Hel"))
    started = asyncio.Event()

    async def read() -> None:
        async for _ in model.astream("hi"):
            started.set()

    task = asyncio.create_task(read())
    await started.wait()
    task.cancel()
    await asyncio.wait([task])
    assert engine.cancelled == ["id"]


def test_leaving_a_synchronous_stream_cancels_the_request() -> None:
    model, engine = model_over(*HELLO)
    stream = model.stream("hi")
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert engine.cancelled == ["id"]


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (Refused(id="id", reason="busy"), EngineBusy),
        (Refused(id="id", reason="died"), EngineDied),
        (Refused(id="id", reason="unavailable"), EngineUnavailable),
        (Refused(id="id", reason="failed"), GenerationFailed),
        (Refused(id="id", reason="prompt_too_long", length=9, limit=7), PromptTooLong),
    ],
)
async def test_a_refusal_is_an_error_with_a_sentence(event: Event, error: type[TertuliaError]) -> None:
    model, _ = model_over(Piece(id="id", text="Hel"), event)
    with pytest.raises(error):
        await model.ainvoke("hi")


def test_tokens_are_counted_by_the_model() -> None:
    model, _ = model_over()
    assert model.get_num_tokens_from_messages([HumanMessage("four")]) == 7
    assert model.get_num_tokens("four") == 4
    assert model.profile is not None
    assert model.profile["max_input_tokens"] == 90


async def test_every_sampling_option_may_be_set_on_the_model_and_by_a_call() -> None:
    model, engine = model_over(*HELLO, top_k=3)
    assert set(SamplingParams.model_fields) <= set(LocalChatModel.model_fields)
    await model.ainvoke("hi", top_p=0.5)
    assert (engine.requests[0].sampling.top_k, engine.requests[0].sampling.top_p) == (3, 0.5)
    with pytest.raises(ValueError, match="temperature"):
        model_over(temperature=-1)
    with pytest.raises(ValueError, match="temperature"):
        await model.ainvoke("hi", temperature=-1)


async def test_whom_the_queue_is_fair_to_is_chosen_by_the_configuration_of_a_call() -> None:
    model, engine = model_over(*HELLO)
    chain = (
        model.configurable_fields(
            owner=ConfigurableField(id="owner"), is_background=ConfigurableField(id="is_background")
        )
        | StrOutputParser()
    )
    assert "".join([text async for text in chain.astream("hi", {"configurable": {"owner": "ana"}})]) == "Hello"
    await chain.ainvoke("hi", {"configurable": {"is_background": True}})
    await model.ainvoke("hi", owner="eva")
    assert [(request.owner, request.is_background) for request in engine.requests] == [
        ("ana", False),
        ("", True),
        ("eva", False),
    ]


class Places(BaseCallbackHandler):
    """Notes what callback handlers hear while a request waits."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self.heard.append((name, data))


class AsyncPlaces(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self.heard.append((name, data))


QUEUED_HELLO = (Queued(id="id", place=2, seconds=1.5), Queued(id="id", place=1, seconds=None), *HELLO)
HEARD = [("queued", {"place": 2, "seconds": 1.5}), ("queued", {"place": 1, "seconds": None})]


async def test_a_place_in_the_queue_is_an_event_for_callbacks_and_no_text() -> None:
    model, _ = model_over(*QUEUED_HELLO)
    chain = model | StrOutputParser()
    handlers: list[AsyncPlaces | Places] = [AsyncPlaces(), AsyncPlaces(), Places()]
    streamed, invoked, blocking = handlers
    assert "".join([text async for text in chain.astream("hi", {"callbacks": [streamed]})]) == "Hello"
    assert await chain.ainvoke("hi", {"callbacks": [invoked]}) == "Hello"
    assert await asyncio.to_thread(chain.invoke, "hi", {"callbacks": [blocking]}) == "Hello"
    assert [handler.heard for handler in handlers] == [HEARD] * 3


async def test_a_place_in_the_queue_is_no_fault_where_nobody_listens() -> None:
    model, _ = model_over(*QUEUED_HELLO)
    assert "".join([chunk.text async for chunk in model.astream("hi")]) == "Hello"
    assert (await asyncio.to_thread(model.invoke, "hi")).text == "Hello"


def choice(token: bytes, *others: Candidate) -> TokenChoice:
    return TokenChoice(chosen=candidate(token, 0.5), alternatives=others)


def candidate(token: bytes, probability: float) -> Candidate:
    return Candidate(token_id=token[0] - 63, token_bytes=token, probability=probability, probability_after=0.25)


async def test_probabilities_come_in_langchains_shape_when_asked_for() -> None:
    pieces = (
        Piece(id="id", text="A", choices=(choice(b"A", candidate(b"B", 0.0)),)),
        Piece(id="id", text="", choices=(choice(b"\xc3"),)),
    )
    model, engine = model_over(*pieces, END, logprobs=True, top_logprobs=1)
    message = await model.ainvoke("hi")
    first, second = message.response_metadata["logprobs"]["content"]
    assert first == {
        "token_id": 2,
        "token": "A",
        "logprob": math.log(0.5),
        "bytes": [65],
        "probability_after": 0.25,
        "top_logprobs": [{"token_id": 3, "token": "B", "logprob": -9_999.0, "bytes": [66], "probability_after": 0.25}],
    }
    assert (second["token"], second["bytes"]) == ("\ufffd", [0xC3])
    await model.ainvoke("hi", logprobs=False)
    await model.ainvoke("hi", top_logprobs=5)
    assert [request.num_alternatives for request in engine.requests] == [1, None, 5]


async def test_what_is_no_text_is_refused_instead_of_left_out() -> None:
    model, engine = model_over(*HELLO)
    picture = {"type": "image", "url": "https://example.org/cat.png"}
    with pytest.raises(ValueError, match="text only"):
        await model.ainvoke([HumanMessage([{"type": "text", "text": "what is this?"}, picture])])
    assert engine.requests == []
