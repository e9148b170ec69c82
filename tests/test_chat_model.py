"""LocalChatModel over a scripted engine: LangChain's side of the bargain."""

from __future__ import annotations

import asyncio
import threading

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from errors import EngineDied, EngineUnavailable, GenerationFailed, PromptTooLong, TertuliaError
from models.chat_model import LocalChatModel
from models.engine.protocol import Count, Counted, Event, Finished, Generate, Piece, Refused
from models.engine.supervisor import Sink
from models.sampling import SamplingParams


class ScriptedEngine:
    """Answers from a thread of its own, as the supervisor does. ``events`` follow each other without a pause."""

    def __init__(self, *events: Event) -> None:
        self._events = events
        self.requests: list[Generate] = []
        self.cancelled: list[str] = []

    def generate(self, request: Generate, sink: Sink) -> str:
        self.requests.append(request)
        threading.Thread(target=self._answer, args=(sink,)).start()
        return "id"

    def _answer(self, sink: Sink) -> None:
        for event in self._events:
            sink(event)

    def count(self, request: Count, sink: Sink) -> str:
        sink(Counted(id="id", num_tokens=3 + sum(len(message.content) for message in request.prompt.messages)))
        return "id"

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)


END = Finished(
    id="id", reason="stop", num_prompt=5, num_cached=3, num_output=2, first_token_s=0.1, decode_s=0.2, seed=9
)
HELLO = (Piece(id="id", text="Hel"), Piece(id="id", text=""), Piece(id="id", text="lo"), END)


def model_over(*events: Event, **options: object) -> tuple[LocalChatModel, ScriptedEngine]:
    engine = ScriptedEngine(*events)
    fields = {"engine": engine, "model_name": "local/test", "context_tokens": 100, "max_tokens": 10, **options}
    return LocalChatModel.model_validate(fields), engine


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
