"""Models by ``init_chat_model``: with LangChain's packages that are installed, against servers that speak as theirs do.

OpenAI's package stands for all that build on it; the others are tested where they are installed.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.tools import tool

from chains.model_shelf import remote_model
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
from models.remote.chat_model import RemoteChatModel
from models.remote.keys import ServiceKeys
from models.remote.provider_wire import ProviderWire
from models.remote.providers import PROVIDERS, Provider, what_is_missing
from models.remote.told_tokens import TokenTeller
from tests.chat_services import (
    ChatService,
    Reply,
    chat_service,
    html,
    openai_call,
    openai_event,
    openai_fault,
    openai_text,
)
from tests.provider_replies import (
    anthropic_call,
    anthropic_fault,
    anthropic_fault_inside,
    anthropic_text,
    call_in_one_piece,
    text_with_usage_inside,
)
from tests.service_bench import ASKED, KEY, Bench

BUILT_ON_OPENAI = Provider("openai", "langchain-openai", "1.7.3", "openai")
SPEAK_AS_OPENAI = [name for name in PROVIDERS if name != "anthropic"]


@pytest.fixture(scope="module")
def service() -> Iterator[ChatService]:
    with chat_service() as one:
        yield one


def bench_of(name: str, service: ChatService) -> Bench:
    """A bench of the provider called ``name``, or of one that is built on OpenAI's package. Skips what is missing."""
    service.begin_anew()
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    if name == "built on openai":
        wire = ProviderWire(BUILT_ON_OPENAI, "m", KEY, service.url)
        model = RemoteChatModel(model_name="other/m", context_tokens=4_096, make_wire=lambda: wire)
    else:
        keys = ServiceKeys(others={name: KEY}, other_base_urls={name: service.url})
        if what_is_missing(f"{name}/m", keys):
            pytest.skip(f"{PROVIDERS[name].package} is not installed")
        model = remote_model(f"{name}/m", keys, 4_096)
    texts = {"anthropic": anthropic_text, "mistral": text_with_usage_inside, "groq": text_with_usage_inside}
    text = texts.get(name, openai_text)
    return Bench(model.model_copy(update={"pause": pause}), service, pauses, text)


@pytest.fixture(params=["built on openai", *PROVIDERS])
def bench(request: pytest.FixtureRequest, service: ChatService) -> Bench:
    return bench_of(request.param, service)


@pytest.fixture(params=["built on openai", *SPEAK_AS_OPENAI])
def openai(request: pytest.FixtureRequest, service: ChatService) -> Bench:
    return bench_of(request.param, service)


@pytest.fixture
def anthropic(service: ChatService) -> Bench:
    return bench_of("anthropic", service)


async def test_an_answer_comes_in_pieces_and_tells_what_it_cost(bench: Bench) -> None:
    answer = await bench.answer(bench.text("Hello ", "to ", "you."))
    assert answer.text == "Hello to you."
    assert answer.usage_metadata is not None
    assert (answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]) == (12, 3)
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.response_metadata["model_name"] == bench.model.model_name
    assert KEY in bench.service.requests[0][1]


async def test_an_answer_that_reached_its_limit_says_so(openai: Bench) -> None:
    answer = await openai.answer(openai_text("Hel", finish="length"))
    assert answer.response_metadata["finish_reason"] == "length"


async def test_options_go_by_the_names_that_the_provider_knows(bench: Bench) -> None:
    asked = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 32, "stop": ["END"], "repeat_penalty": 1.2, "owner": "ann"}
    await bench.answer(bench.text("Yes."), **asked, logprobs=True, top_logprobs=8)
    body = bench.service.bodies[0]
    assert (body["temperature"], body["top_p"]) == (0.5, 0.9)
    assert 32 in (body.get("max_tokens"), body.get("max_completion_tokens"))
    assert ["END"] in (body.get("stop"), body.get("stop_sequences"))
    assert not {"repeat_penalty", "owner", "logprobs", "top_logprobs"} & body.keys()


async def test_no_service_is_asked_for_more_heat_than_it_takes(service: ChatService) -> None:
    cool = replace(BUILT_ON_OPENAI, highest_temperature=1.0, options={"temperature": "temperature", "seed": "seed"})
    wire = ProviderWire(cool, "m", KEY, service.url)
    model = RemoteChatModel(model_name="other/m", context_tokens=4_096, make_wire=lambda: wire)
    service.begin_anew()
    await Bench(model, service, [], openai_text).answer(openai_text("Yes."), temperature=4.0, seed=5, top_p=0.5)
    assert service.bodies[0]["temperature"] == 1.0
    assert service.bodies[0]["seed"] == 5
    assert "top_p" not in service.bodies[0]


async def test_what_a_service_does_not_take_is_left_out(bench: Bench) -> None:
    is_anthropic = bench.text is anthropic_text
    words = "temperature is not supported by this model"
    fault = anthropic_fault(400, "invalid_request_error", words) if is_anthropic else openai_fault(400, words)
    faults = [fault] * (2 if is_anthropic else 1)  # it is tried without top_p first
    assert (await bench.answer(*faults, bench.text("Yes."), temperature=0.5, top_p=0.9)).text == "Yes."
    assert bench.service.bodies[-1].get("top_p", 1) == 1  # Mistral's package always sends the neutral one
    assert bench.pauses == []


@tool
def power(base: float, exponent: float) -> str:
    """base raised to exponent."""
    return f"{base**exponent:.2f}"


async def test_a_tool_is_called(bench: Bench) -> None:
    pieces = ('{"base": 37, "expo', 'nent": 0.4}')
    replies = {
        "anthropic": anthropic_call("power", *pieces),
        "mistral": call_in_one_piece("power", "".join(pieces)),
    }
    service = bench.model.model_name.partition("/")[0]
    bench.service.replies = [replies.get(service, openai_call("power", *pieces))]
    answer = await bench.model.bind_tools([power], tool_choice="any").ainvoke(ASKED)
    assert [(one["name"], one["args"]) for one in answer.tool_calls] == [("power", {"base": 37, "exponent": 0.4})]
    assert answer.response_metadata["finish_reason"] == "tool_calls"
    assert bench.service.bodies[0]["tool_choice"] in ("required", "any", {"type": "any"})


async def test_nobody_is_asked_for_probabilities(bench: Bench) -> None:
    with pytest.raises(TertuliaError) as caught:
        await TokenTeller(bench.model).answer("Hi", 4)
    assert caught.value.key == "error_probabilities_not_told"
    assert bench.service.requests == []


# --- faults ----------------------------------------------------------------------------------------------------------

PERMANENT = [
    (openai_fault(401, f"Incorrect API key provided: {KEY}", "invalid_api_key"), ModelKeyRefused),
    (openai_fault(404, f"no such model, {KEY}"), ModelUnknownToService),
    (openai_fault(429, "You exceeded your quota.", "insufficient_quota"), ModelQuotaSpent),
    (openai_fault(429, "Slow down.", retry_after="120"), ModelQuotaSpent),
    (openai_fault(400, "maximum context length is 8 tokens", "context_length_exceeded"), PromptTooLong),
    (openai_fault(400, "Nobody knows why."), ModelFaulty),
]
FLEETING = [
    (openai_fault(429, "Too many requests.", retry_after="1"), ModelQuotaSpent),
    (openai_fault(503, "Loading model"), ModelFaulty),
    (html(502), ModelFaulty),
    (Reply(is_cut=True), ModelUnreachable),
]


@pytest.mark.parametrize(("reply", "error"), PERMANENT)
async def test_a_fault_that_stays_is_told_at_once_and_without_the_key(
    reply: Reply, error: type[TertuliaError], openai: Bench
) -> None:
    told = await openai.error(reply)
    assert type(told) is error
    assert openai.pauses == []
    for words in (repr(told), "".join(traceback.format_exception(told)), repr(openai.model)):
        assert KEY not in words


@pytest.mark.parametrize(("reply", "error"), FLEETING)
async def test_a_fault_that_may_pass_is_tried_again_twice(
    reply: Reply, error: type[TertuliaError], openai: Bench
) -> None:
    assert (await openai.answer(reply, reply, openai_text("At last."))).text == "At last."
    assert openai.pauses == list(PAUSES_S)
    assert type(await openai.error(reply, reply, reply)) is error


async def test_a_cut_answer_is_not_asked_for_again(openai: Bench) -> None:
    told = await openai.error(Reply((openai_event({"role": "assistant", "content": "Half "}),), is_cut=True))
    assert type(told) is ModelUnreachable
    assert openai.pauses == []


ANTHROPIC_FAULTS: list[tuple[Reply, type[TertuliaError], int]] = [
    (anthropic_fault(401, "authentication_error", f"invalid x-api-key {KEY}"), ModelKeyRefused, 0),
    (anthropic_fault(400, "invalid_request_error", "Your credit balance is too low"), ModelQuotaSpent, 0),
    (anthropic_fault(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), PromptTooLong, 0),
    (anthropic_fault(404, "not_found_error", "model: m"), ModelUnknownToService, 0),
    (anthropic_fault(429, "rate_limit_error", "Slow down.", retry_after="120"), ModelQuotaSpent, 0),
    (anthropic_fault(429, "rate_limit_error", "Slow down.", retry_after="1"), ModelQuotaSpent, 2),
    (anthropic_fault(529, "overloaded_error", "Overloaded"), ModelFaulty, 2),
    (anthropic_fault_inside("overloaded_error"), ModelFaulty, 2),
    (anthropic_text("Well, ", finish="refusal"), ModelRefused, 0),
]


@pytest.mark.parametrize(("reply", "error", "num_pauses"), ANTHROPIC_FAULTS)
async def test_anthropics_faults_are_told_apart(
    reply: Reply, error: type[TertuliaError], num_pauses: int, anthropic: Bench
) -> None:
    told = await anthropic.error(*[reply] * 3)
    assert type(told) is error
    assert len(anthropic.pauses) == num_pauses
    assert KEY not in "".join(traceback.format_exception(told))


async def test_anthropic_says_in_other_words_how_an_answer_ended(anthropic: Bench) -> None:
    answer = await anthropic.answer(anthropic_text("Hel", finish="max_tokens"))
    assert answer.response_metadata["finish_reason"] == "length"
    assert "stop_reason" not in answer.response_metadata
    options: dict[str, Any] = {"top_k": 40, "temperature": 4.0}
    await anthropic.answer(anthropic_text("Yes.", finish="stop_sequence"), **options)
    assert (anthropic.service.bodies[1]["top_k"], anthropic.service.bodies[1]["temperature"]) == (40, 1.0)
