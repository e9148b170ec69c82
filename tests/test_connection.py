"""Finding out whether a service can be talked to, and which models a server has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chains.model_shelf import remote_model
from errors import (
    ModelFaulty,
    ModelKeyRefused,
    ModelPackageMissing,
    ModelQuotaSpent,
    ModelUnknownToService,
    ModelUnreachable,
    TertuliaError,
)
from models.remote.connection import Verdict, tried
from models.remote.keys import ServiceKeys
from models.remote.model_list import listed_models
from models.remote.providers import PROVIDERS, what_is_missing
from tests.chat_services import Reply, chat_service, gemini_text, html, openai_fault, openai_text
from tests.service_bench import KEY, Bench

pytest_plugins = ["tests.service_fixtures"]


class Clock:
    """Each look at it takes a second."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


async def test_a_model_that_answers_is_open(bench: Bench) -> None:
    bench.service.replies = [bench.text("OK.")]
    assert await tried(bench.model, Clock()) == Verdict(bench.model.model_name, 1.0)
    assert bench.service.was_asked.is_set()


async def test_a_model_that_only_thinks_is_open_too(gemini: Bench, openai: Bench) -> None:
    gemini.service.replies = [gemini_text("", finish="MAX_TOKENS")]
    openai.service.replies = [openai_text(finish="length")]
    assert [(await tried(bench.model)).error for bench in (gemini, openai)] == [None, None]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (openai_fault(401, f"Incorrect API key provided: {KEY}"), ModelKeyRefused),
        (openai_fault(404, "no such model"), ModelUnknownToService),
        (openai_fault(429, "Too many requests."), ModelQuotaSpent),
        (html(), ModelFaulty),
        (Reply(is_cut=True), ModelUnreachable),
    ],
)
async def test_a_verdict_is_plain_and_comes_at_once(reply: Reply, error: type[TertuliaError], openai: Bench) -> None:
    openai.service.replies = [reply]
    verdict = await tried(openai.model)
    assert type(verdict.error) is error
    assert verdict.error.values == {"model": openai.model.model_name}
    assert openai.pauses == []
    assert KEY not in repr(verdict)


async def test_what_is_not_installed_is_said() -> None:
    name = next((one for one in PROVIDERS if what_is_missing(f"{one}/m", ServiceKeys(others={one: KEY}))), None)
    if name is None:
        pytest.skip("all packages of services are installed")
    verdict = await tried(remote_model(f"{name}/m", ServiceKeys(others={name: KEY})))
    assert isinstance(verdict.error, ModelPackageMissing)


# --- models of a server ----------------------------------------------------------------------------------------------


def told(*names: Any) -> Reply:
    models = [{"id": name, "object": "model"} for name in names]
    return Reply((json.dumps({"object": "list", "data": models}).encode(),), content_type="application/json")


async def listed(bench: Bench, reply: Reply, key: str | None = None) -> tuple[str, ...]:
    bench.service.replies = [reply]
    return await listed_models(ServiceKeys(openai=key, openai_base_url=f"{bench.service.url}/v1/"))


async def test_a_servers_models_are_listed_by_the_names_of_the_rooms(openai: Bench) -> None:
    names = await listed(openai, told("qwen3:8b", "org/Model-GGUF", "qwen3:8b"), KEY)
    assert names == ("openai/org/Model-GGUF", "openai/qwen3:8b")
    assert openai.service.requests == [("/v1/models", f"Bearer {KEY}", {})]


async def test_a_model_may_be_called_by_the_path_of_its_file(openai: Bench) -> None:
    path = "/home/ana/my models/ñandú (2).gguf"
    assert await listed(openai, told(path)) == (f"openai/{path}",)
    assert what_is_missing(f"openai/{path}", ServiceKeys(openai=KEY)) is None
    assert what_is_missing(f"google/{path}", ServiceKeys(google=KEY)) is not None


async def test_names_that_could_do_harm_are_left_out(openai: Bench) -> None:
    odd = ("../admin", "a  b", "a\tb", "a ", "<b>x</b>", "x\u202ey", "x" * 500, 7, None, ["x"], "good")
    assert await listed(openai, told(*odd)) == ("openai/good",)
    assert openai.service.requests[0][1] == ""


BROKEN = [b"[]", b"{}", b'{"data": 7}', b'{"data": [7]}', b'{"data": [{}]}', b"not json", b"[" * 100_000, b"\xff"]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
async def test_a_list_of_another_form_is_the_servers_fault(content: bytes, openai: Bench) -> None:
    with pytest.raises(ModelFaulty):
        await listed(openai, Reply((content,), content_type="application/json"))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (openai_fault(401, f"Incorrect API key provided: {KEY}"), ModelKeyRefused),
        (openai_fault(404, "Not Found"), ModelUnknownToService),
        (openai_fault(413, "token limit"), ModelFaulty),
        (html(302), ModelFaulty),
        (html(), ModelFaulty),
        (Reply((b"{",), is_cut=True), ModelUnreachable),
        (Reply((b" " * 1_000_000,) * 5, content_type="application/json"), ModelFaulty),
    ],
)
async def test_a_server_that_fails_is_told_about_without_its_words(
    reply: Reply, error: type[TertuliaError], openai: Bench
) -> None:
    with pytest.raises(error) as caught:
        await listed(openai, reply)
    assert caught.value.values == {"model": "openai"}
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_a_server_that_says_nothing_is_left_after_a_while() -> None:
    with chat_service() as service:
        service.replies = [Reply((None,), content_type="application/json")]
        with pytest.raises(ModelUnreachable):
            await listed_models(ServiceKeys(openai_base_url=service.url), timeout_s=0.05)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/v1", "http://[half", "nowhere"])
async def test_an_address_where_nobody_is(address: str) -> None:
    with pytest.raises(ModelUnreachable):
        await listed_models(ServiceKeys(openai_base_url=address))
