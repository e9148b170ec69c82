"""Probabilities that services tell, by their real clients, against servers that speak their protocols."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from errors import ModelFaulty, ModelKeyRefused, ModelRefused, ProbabilitiesNotTold, PromptTooLong
from models.remote.told_tokens import TokenTeller, ToldChoice
from tests.chat_services import Reply, gemini_blocked, gemini_fault, html, openai_fault
from tests.service_bench import KEY, Bench
from tests.told_tokens import ANSWER, told_by_gemini, told_by_openai

pytest_plugins = ["tests.service_fixtures"]

TOLD: dict[str, Callable[..., Reply]] = {"gemini": told_by_gemini, "openai": told_by_openai}
FAULT: dict[str, Callable[..., Reply]] = {"gemini": gemini_fault, "openai": openai_fault}


async def ask(bench: Bench, *replies: Reply, text: str = "Hi", max_tokens: int = 2) -> tuple[ToldChoice, ...]:
    bench.service.replies = list(replies)
    return await TokenTeller(bench.model).answer(text, max_tokens)


@pytest.mark.parametrize("kind", TOLD)
async def test_each_place_tells_what_was_written_and_what_could_have_been(kind: str, benches: dict[str, Bench]) -> None:
    first, second = await ask(benches[kind], TOLD[kind]())
    assert [token.token_bytes for token in first.candidates] == [b"Paris", b"The", b"Rome"]
    assert [token.probability for token in first.candidates] == pytest.approx([0.75, 0.125, 0.0625])
    assert first.chosen == first.candidates[0]
    assert (second.chosen.token_bytes, second.candidates[0].token_bytes) == (b"!", b".")
    assert first.chosen.token_id == (5 if kind == "gemini" else None)


async def test_openai_is_asked_for_as_many_as_it_tells(openai: Bench) -> None:
    await ask(openai, told_by_openai(), text="a \ud83d b")
    body = openai.service.bodies[0]
    assert {name: body[name] for name in ("logprobs", "top_logprobs", "max_tokens", "temperature", "top_p")} == {
        "logprobs": True, "top_logprobs": 20, "max_tokens": 2, "temperature": 1.0, "top_p": 1.0,
    }  # fmt: skip
    assert [(turn["role"], turn["content"]) for turn in body["messages"]] == [("user", "a ? b")]
    assert not body.get("stream")


async def test_gemini_is_asked_for_as_many_as_it_tells(gemini: Bench) -> None:
    await ask(gemini, told_by_gemini())
    path, key, body = gemini.service.requests[0]
    assert path.endswith("gemini-2.5-flash:generateContent")
    assert key == KEY
    assert body["generationConfig"] == {
        "responseLogprobs": True, "logprobs": 20, "maxOutputTokens": 2, "temperature": 1.0, "topP": 1.0,
        "thinkingConfig": {"thinking_budget": 0},  # Google takes either spelling
    }  # fmt: skip
    assert body["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]


@pytest.mark.parametrize(("kind", "name"), [("openai", "top_logprobs"), ("gemini", "logprobs")])
async def test_who_tells_fewer_is_asked_for_fewer(kind: str, name: str, benches: dict[str, Bench]) -> None:
    bench = benches[kind]
    assert await ask(bench, FAULT[kind](400, "20 is more than 5"), TOLD[kind]())
    told = [body.get("generationConfig", body)[name] for body in bench.service.bodies]
    assert told == [20, 5]
    assert bench.pauses == []


@pytest.mark.parametrize("kind", TOLD)
async def test_a_service_that_tells_none_is_said_to(kind: str, benches: dict[str, Bench]) -> None:
    bench = benches[kind]
    nothing: dict[str, Any] = {"logprobs": None} if kind == "openai" else {"logprobsResult": None}
    with pytest.raises(ProbabilitiesNotTold, match=bench.model.model_name):
        await ask(bench, TOLD[kind](**nothing))
    with pytest.raises(ProbabilitiesNotTold):  # whatever is left out, it will not
        await ask(bench, *[FAULT[kind](400, "logprobs is not supported for this model")] * 4)


@pytest.mark.parametrize("kind", TOLD)
async def test_a_wrong_key_is_said_and_shown_to_nobody(
    kind: str, benches: dict[str, Bench], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ModelKeyRefused) as caught:
        await ask(benches[kind], FAULT[kind](401, f"the key {KEY} is not known"))
    assert KEY not in f"{caught.value!r} {caught.value.values} {caplog.text}"


@pytest.mark.parametrize("kind", TOLD)
async def test_a_text_that_is_too_long_is_named_by_its_length(kind: str, benches: dict[str, Bench]) -> None:
    with pytest.raises(PromptTooLong):
        await ask(benches[kind], *[FAULT[kind](400, "exceeds the maximum number of tokens")] * 4)


async def test_who_declines_is_said_to(gemini: Bench, openai: Bench) -> None:
    blocked = bytes(gemini_blocked().pieces[0] or b"").removeprefix(b"data: ")
    with pytest.raises(ModelRefused):
        await ask(gemini, Reply((blocked,), content_type="application/json"))
    with pytest.raises(ModelRefused):
        await ask(openai, told_by_openai(finish="content_filter"))


@pytest.mark.parametrize("kind", TOLD)
async def test_what_passes_is_tried_again(kind: str, benches: dict[str, Bench]) -> None:
    bench = benches[kind]
    assert await ask(bench, FAULT[kind](503, "overloaded"), TOLD[kind]())
    assert len(bench.pauses) == 1


@pytest.mark.parametrize(
    "entry", [{}, {"token": "a"}, {"token": "a", "logprob": "x"}, {"token": "a", "logprob": None}, 7]
)
async def test_what_no_service_should_say_is_its_fault(openai: Bench, entry: object) -> None:
    with pytest.raises(ModelFaulty):
        await ask(openai, told_by_openai(logprobs={"content": [entry]}))


async def test_a_proxys_page_is_no_answer(openai: Bench) -> None:
    with pytest.raises(ModelFaulty):
        await ask(openai, html())


async def test_odd_numbers_are_kept_within_what_a_probability_is(openai: Bench) -> None:
    odd = [{"token": "a", "logprob": 3, "bytes": None}, {"token": "b", "logprob": -1e9, "bytes": None}]
    first, second = await ask(openai, told_by_openai(logprobs={"content": odd}))
    assert (first.chosen.probability, second.chosen.probability) == (1.0, 0.0)
    assert first.candidates == (first.chosen,)


@pytest.mark.parametrize("kind", TOLD)
async def test_leaving_ends_the_request(kind: str, benches: dict[str, Bench]) -> None:
    bench = benches[kind]
    bench.service.replies = [Reply((None,), content_type="application/json")]
    asking = asyncio.create_task(TokenTeller(bench.model).answer("Hi", 1))
    assert await asyncio.to_thread(bench.service.was_asked.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(bench.service.was_left.wait, 10)


def test_the_script_is_what_a_service_could_say() -> None:
    assert all(dict(others).keys() >= {text} and sum(dict(others).values()) <= 1 for text, others in ANSWER)
    assert json.loads(bytes(told_by_openai().pieces[0] or b""))["choices"][0]["logprobs"]["content"]
