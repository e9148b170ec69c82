"""The Services tab without a browser: keys of visitors, tests of connections, models of the operator's server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from models.remote.keys import ServiceKeys
from models.remote.providers import PROVIDERS, missing_package
from tests.page_reader import catalogue
from tests.services_page import RIGHT_KEY, WRONG_KEY, loopback_keys
from tests.services_visitor import TOKEN, ServicesVisitor, visitor_at

VISITORS_OWN = "openai"  # its library is always installed


def say(key: str, **values: object) -> str:
    return catalogue.text("en", f"app_md_sv_{key}", **values)


@pytest.fixture
def keys() -> Iterator[ServiceKeys]:
    with loopback_keys() as keys:
        yield keys


@pytest.fixture
async def operator(keys: ServiceKeys) -> ServicesVisitor:
    visitor = visitor_at(keys)
    visitor.services.models.operator.let_in(visitor.request, TOKEN)
    return visitor


@pytest.fixture
async def ana(operator: ServicesVisitor) -> ServicesVisitor:
    return operator.another()


async def test_each_service_tells_its_state_and_what_is_missing(ana: ServicesVisitor) -> None:
    await ana.look()
    assert say("state_open") in ana.card("openai").text
    assert "openai/own" in ana.card("openai").text
    assert say("moved") in ana.card("openai").text
    assert "GOOGLE_API_KEY" in ana.card("google").text
    for service in PROVIDERS:
        if missing := missing_package(service):
            assert f"pip install {missing}" in ana.card(service).text


async def test_a_key_goes_in_and_never_comes_out(ana: ServicesVisitor) -> None:
    await ana.keep(VISITORS_OWN, f"  {RIGHT_KEY} ")
    assert "••••4321" in ana.card(VISITORS_OWN).text
    assert say("state_own_key") in ana.card(VISITORS_OWN).text
    assert ana.shown[ana.parts.key] == ""
    assert ana.services.models.keys.of(ana.owner).openai == RIGHT_KEY
    await ana.look()
    await ana.test("openai/own")
    await ana.add("openai/mine")
    assert not [sent for sent in ana.sent if RIGHT_KEY in sent]


@pytest.mark.parametrize("key", ["", None, "short", "with spaces inside", "x" * 2_000])
async def test_what_is_no_key_is_refused(key: Any, ana: ServicesVisitor) -> None:
    await ana.keep(VISITORS_OWN, key)
    assert ana.status.one(role="alert").text == catalogue.text("en", "error_service_key_invalid")
    assert ana.parts.key not in ana.shown


@pytest.mark.parametrize("service", [None, "", "elsewhere", ["openai"]])
async def test_a_service_that_is_not_offered_is_refused(service: Any, ana: ServicesVisitor) -> None:
    await ana.keep(service, RIGHT_KEY)
    assert ana.status.all(role="alert")
    assert ana.services.models.keys.shown(ana.owner) == {}


async def test_keys_of_two_visitors_never_cross(ana: ServicesVisitor) -> None:
    eva = ana.another()
    await ana.keep(VISITORS_OWN, RIGHT_KEY)
    await ana.add("openai/mine")
    await eva.look()
    assert "4321" not in "".join(eva.sent)
    assert "openai/mine" in ana.choices
    assert "openai/mine" not in eva.choices
    assert "not open to you" in await eva.test("openai/mine")
    await eva.act("forget", service=VISITORS_OWN)
    await eva.act("drop", model="openai/mine")
    await eva.add("openai/mine")
    assert eva.status.all(role="alert")
    await ana.look()
    assert "••••4321" in ana.card(VISITORS_OWN).text
    assert "openai/mine" in ana.choices


async def test_a_forgotten_key_takes_its_models_along(ana: ServicesVisitor) -> None:
    await ana.keep(VISITORS_OWN, RIGHT_KEY)
    await ana.add("openai/mine")
    assert ana.card(VISITORS_OWN).all(data_act="drop", data_model="openai/mine")
    await ana.act("forget", service=VISITORS_OWN)
    assert "4321" not in ana.card(VISITORS_OWN).text
    assert "openai/mine" not in ana.choices


async def test_a_key_opens_the_offered_models_that_had_none(ana: ServicesVisitor) -> None:
    closed = next((name for name in ("groq", "anthropic") if not missing_package(name)), None)
    if closed is None:
        pytest.skip("no package of a closed service is installed")
    await ana.keep(closed, RIGHT_KEY)
    assert any(name.startswith(f"{closed}/") for name in ana.choices)


async def test_without_the_package_a_key_opens_nothing(ana: ServicesVisitor) -> None:
    absent = next((name for name in PROVIDERS if missing_package(name)), None)
    if absent is None:
        pytest.skip("all packages of services are installed")
    await ana.keep(absent, RIGHT_KEY)
    assert f"pip install {missing_package(absent)}" in ana.card(absent).text
    assert f"pip install {missing_package(absent)}" in await ana.test(f"{absent}/m")


@pytest.mark.parametrize(
    ("model", "verdict"),
    [
        ("openai/own", "verdict_open"),
        ("openai/gone", "verdict_unknown"),
        ("openai/spent", "verdict_quota"),
        ("openai/odd", "verdict_faulty"),
        ("openai/cut", "verdict_unreachable"),
        ("google/gemini", "verdict_no_key"),
        ("openai/../x", "verdict_no_name"),
        ("elsewhere/m", "verdict_no_name"),
        ("local/small", "verdict_no_name"),
        ("<b>x</b>\ud800", "verdict_no_name"),
    ],
)
async def test_a_verdict_is_a_plain_sentence(model: str, verdict: str, operator: ServicesVisitor) -> None:
    told = await operator.test(model)
    sentence = say(verdict, model="MODEL", seconds="SECONDS", variable="VARIABLE").split("MODEL")
    assert all(part in told for piece in sentence for part in piece.split("SECONDS")[:1] if "VARIABLE" not in part)
    assert bool(operator.status.all(role="alert")) is (verdict != "verdict_open")
    assert "<b>x" not in operator.sent[-1]


async def test_whose_key_was_not_accepted_is_said(keys: ServiceKeys) -> None:
    address = keys.other_base_urls["groq"]  # wants the right key
    visitor = visitor_at(replace(keys, openai_base_url=address))
    assert "key of this program" in await visitor.test("openai/own")
    await visitor.keep("openai", WRONG_KEY)
    assert "did not accept your key" in await visitor.test("openai/own")
    await visitor.keep("openai", RIGHT_KEY)
    assert "answered after" in await visitor.test("openai/any-of-hers")
    assert not [sent for sent in visitor.sent if RIGHT_KEY in sent or WRONG_KEY in sent]


async def test_a_visitor_tries_with_the_operators_key_only_what_is_offered(ana: ServicesVisitor) -> None:
    assert "answered after" in await ana.test("openai/own")
    assert "not open to you" in await ana.test("openai/other:8b")


async def test_one_test_at_a_time(ana: ServicesVisitor) -> None:
    first, second = ana.events.test("openai/own", ana.request), ana.events.test("openai/own", ana.request)
    async with aclosing(first), aclosing(second):
        assert "cn-busy" in str((await anext(first))[ana.parts.status])
        assert say("one_test") in str((await anext(second))[ana.parts.status])
        assert "answered after" in str((await anext(first))[ana.parts.status])
    assert "answered after" in await ana.test("openai/own")


async def test_a_test_that_is_left_does_not_block_the_next(ana: ServicesVisitor) -> None:
    async with aclosing(ana.events.test("openai/own", ana.request)) as states:
        await anext(states)
    assert "answered after" in await ana.test("openai/own")


async def test_the_operator_offers_models_of_the_server_to_everybody(operator: ServicesVisitor) -> None:
    eva = operator.another()
    await operator.act("list")
    assert [one.attributes["data-model"] for one in operator.server.all(data_act="offer")] == [
        "openai/org/Third-GGUF",
        "openai/other:8b",
    ]
    await operator.act("offer", model="openai/other:8b")
    assert "openai/other:8b" in eva.choices
    assert "TERTULIA_MODELS=openai/own,openai/other:8b" in operator.server.text
    await operator.act("withdraw", model="openai/other:8b")
    assert "openai/other:8b" not in eva.choices


async def test_nobody_else_offers_lists_or_learns_the_address(ana: ServicesVisitor, keys: ServiceKeys) -> None:
    await ana.look()
    for action in ("offer", "withdraw", "list"):
        await ana.act(action, model="openai/own")
        assert ana.status.all(role="alert"), action
    assert ana.services.models.shelf.names() == ana.choices
    assert str(keys.openai_base_url) not in "".join(ana.sent)


async def test_with_a_key_of_ones_own_the_servers_models_can_be_seen_and_added(ana: ServicesVisitor) -> None:
    await ana.keep("openai", RIGHT_KEY)
    await ana.act("list")
    assert not ana.server.all(data_act="offer")
    await ana.act("add", model="openai/other:8b")
    assert "openai/other:8b" in ana.choices
    assert "openai/other:8b" not in ana.another().choices


async def test_what_a_browser_claims_was_listed_is_only_shown(ana: ServicesVisitor) -> None:
    ana.shown[ana.parts.listed] = "openai/../x\n<script>y</script>\n" + "z" * 5_000
    await ana.look()
    assert "script" not in ana.server.tags()
    await ana.add("openai/../x")
    assert ana.choices == ana.another().choices


async def test_who_wants_to_type_a_key_is_taken_to_its_service(ana: ServicesVisitor) -> None:
    await ana.act("choose", service="groq")
    assert ana.shown[ana.parts.service] == "groq"
    for odd in ("", "elsewhere", "\ud800"):
        await ana.act("choose", service=odd)
        assert ana.shown[ana.parts.service] == "groq"


async def test_an_unknown_report_does_nothing(ana: ServicesVisitor) -> None:
    await ana.act("anything", model="openai/own")
    assert ana.shown == {}


async def test_without_a_cookie_there_is_a_sentence(ana: ServicesVisitor) -> None:
    ana.request = gr.Request(cookies={}, headers={"accept-language": "en"})
    await asyncio.gather(ana.look(), ana.keep("openai", RIGHT_KEY), ana.act("list"))
    assert "cookie" in ana.status.text
    assert ana.parts.cards not in ana.shown
