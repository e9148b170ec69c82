"""What goes wrong with chat models of services: whose fault it is, what is tried again, and what nobody is told."""

from __future__ import annotations

import asyncio
import logging
import traceback
from contextlib import aclosing
from typing import Any, cast

import pytest

from errors import (
    ModelFaulty,
    ModelKeyRefused,
    ModelQuotaSpent,
    ModelRefused,
    ModelUnknownToService,
    ModelUnreachable,
    PromptTooLong,
    TertuliaError,
)
from models.remote.attempts import PAUSES_S
from tests.chat_services import (
    Reply,
    chat_service,
    gemini_blocked,
    gemini_event,
    gemini_fault,
    gemini_text,
    html,
    openai_event,
    openai_fault,
    openai_text,
)
from tests.service_bench import ASKED, KEY, NAMES, Bench, make_bench, make_model

pytest_plugins = ["tests.service_fixtures"]

BAD_KEY = f"API key not valid: {KEY}. Please pass a valid API key."
PERMANENT = [
    ("gemini", gemini_fault(400, BAD_KEY, "API_KEY_INVALID"), ModelKeyRefused),
    ("gemini", gemini_fault(403, f"Permission denied for {KEY}"), ModelKeyRefused),
    ("gemini", gemini_fault(404, "no such model"), ModelUnknownToService),
    ("gemini", gemini_fault(429, "Quota exceeded.", retry_delay="3600s"), ModelQuotaSpent),
    ("gemini", gemini_fault(400, "The input token count exceeds the maximum number of tokens allowed"), PromptTooLong),
    ("gemini", gemini_blocked(), ModelRefused),
    ("gemini", gemini_text("", finish="SAFETY"), ModelRefused),
    ("gemini", gemini_text("Well, ", "", finish="SAFETY"), ModelRefused),
    ("gemini", html(), ModelFaulty),
    ("gemini", Reply((b'data: {"candidates": [{"con',)), ModelFaulty),
    ("openai", openai_fault(401, f"Incorrect API key provided: {KEY}", "invalid_api_key"), ModelKeyRefused),
    ("openai", openai_fault(402, "Payment required"), ModelQuotaSpent),
    ("openai", openai_fault(429, "You exceeded your quota.", "insufficient_quota"), ModelQuotaSpent),
    ("openai", openai_fault(429, "Slow down.", retry_after="120"), ModelQuotaSpent),
    ("openai", openai_fault(400, "too long", "context_length_exceeded"), PromptTooLong),
    ("openai", openai_fault(400, "This was filtered.", "content_filter"), ModelRefused),
    ("openai", openai_fault(400, "Nobody knows why."), ModelFaulty),
    ("openai", html(), ModelFaulty),
    ("openai", openai_text("Well, ", finish="content_filter"), ModelRefused),
    ("openai", Reply((b"data: {nonsense\n\n",)), ModelFaulty),
]


@pytest.mark.parametrize(("kind", "reply", "error"), PERMANENT)
async def test_a_fault_that_stays_is_told_at_once_and_without_the_key(
    kind: str, reply: Reply, error: type[TertuliaError], benches: dict[str, Bench], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench = benches[kind]
    told = await bench.error(reply)
    assert type(told) is error
    assert bench.pauses == []
    assert told.__context__ is None
    assert f"{bench.model.model_name} gave no answer: {error.__name__}" in caplog.text
    for words in (repr(told), "".join(traceback.format_exception(told)), caplog.text, repr(bench.model)):
        assert KEY not in words


FLEETING = [
    ("gemini", gemini_fault(429, "Too many requests."), ModelQuotaSpent),
    ("gemini", gemini_fault(503, "The model is overloaded."), ModelFaulty),
    ("gemini", html(502), ModelFaulty),
    ("gemini", Reply(is_cut=True), ModelUnreachable),
    ("gemini", gemini_text("", finish="STOP"), ModelFaulty),
    ("gemini", gemini_text("", finish="MALFORMED_FUNCTION_CALL"), ModelFaulty),
    ("openai", openai_fault(429, "Too many requests.", retry_after="1"), ModelQuotaSpent),
    ("openai", openai_fault(503, "Loading model"), ModelFaulty),
    ("openai", html(502), ModelFaulty),
    ("openai", Reply(is_cut=True), ModelUnreachable),
    ("openai", openai_text(), ModelFaulty),
    ("openai", Reply((b'data: {"error": {"message": "overloaded", "code": 529}}\n\n',)), ModelFaulty),
]


@pytest.mark.parametrize(("kind", "reply", "error"), FLEETING)
async def test_a_fault_that_may_pass_is_tried_again_twice(
    kind: str, reply: Reply, error: type[TertuliaError], benches: dict[str, Bench]
) -> None:
    bench = benches[kind]
    assert (await bench.answer(reply, reply, bench.text("At last."))).text == "At last."
    assert bench.pauses == list(PAUSES_S)
    assert type(await bench.error(reply, reply, reply)) is error


async def test_a_service_is_waited_for_as_long_as_it_asks(gemini: Bench) -> None:
    busy = gemini_fault(429, "Too many requests.", retry_delay="2.5s")
    await gemini.answer(busy, gemini_text("Yes."))
    assert gemini.pauses == [2.5]


CUT = {
    "gemini": Reply((gemini_event({"text": "Half "}),), is_cut=True),
    "gemini that ends well": Reply((gemini_event({"text": "Half "}),)),
    "openai": Reply((openai_event({"content": "Half "}),), is_cut=True),
    "openai that ends well": Reply((openai_event({"content": "Half "}),)),
}


@pytest.mark.parametrize("kind", CUT)
async def test_what_came_before_a_cut_was_told_and_is_not_told_again(kind: str, benches: dict[str, Bench]) -> None:
    bench = benches[kind.split()[0]]
    bench.service.replies = [CUT[kind]]
    chunks = bench.model.astream(ASKED)
    assert (await anext(chunks)).text == "Half "
    with pytest.raises(ModelUnreachable):
        await anext(chunks)
    assert bench.pauses == []


@pytest.mark.parametrize("kind", NAMES)
async def test_a_service_that_is_not_there_is_unreachable(kind: str) -> None:
    with chat_service() as service:
        model = make_model(kind, service.url)
    away = make_bench(model, service)
    assert type(await away.error()) is ModelUnreachable
    assert away.pauses == list(PAUSES_S)


@pytest.mark.parametrize("kind", NAMES)
async def test_a_service_that_says_nothing_is_left_after_a_while(kind: str) -> None:
    with chat_service() as service:  # of its own: nobody knows whether the request got there
        bench = make_bench(make_model(kind, service.url), service)
        bench.model.timeout_s = 0.05
        assert type(await bench.error(Reply((None,)))) is ModelUnreachable
    assert bench.pauses == []


HALF = {
    "gemini": Reply((gemini_event({"text": "Half "}), None)),
    "openai": Reply((openai_event({"content": "Half "}), None)),
}


@pytest.mark.parametrize("kind", HALF)
async def test_leaving_an_answer_ends_its_request(kind: str, benches: dict[str, Bench]) -> None:
    model, service = benches[kind].model, benches[kind].service
    service.replies = [HALF[kind]]
    async with aclosing(cast("Any", model.astream(ASKED))) as chunks:
        assert (await anext(chunks)).text == "Half "
    assert await asyncio.to_thread(service.was_left.wait, 10)


@pytest.mark.parametrize("kind", HALF)
async def test_cancelling_the_reader_ends_the_request(kind: str, benches: dict[str, Bench]) -> None:
    model, service = benches[kind].model, benches[kind].service
    service.replies = [HALF[kind]]
    has_begun = asyncio.Event()

    async def read() -> None:
        async for _ in model.astream(ASKED):
            has_begun.set()

    task = asyncio.create_task(read())
    await has_begun.wait()
    task.cancel()
    assert await asyncio.to_thread(service.was_left.wait, 10)
    await asyncio.gather(task, return_exceptions=True)
