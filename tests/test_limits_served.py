"""Limits over the whole program: the operator sets them on the page, and every way of asking a model is counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.gradio_client_raw import SECONDS, RawVisitor, visitor
from tests.html_reader import read_html
from tests.page_reader import catalogue
from tests.served_app import ServedApp, served_app

pytestmark = pytest.mark.timeout(300)

ELSEWHERE = {"x-forwarded-for": "203.0.113.9"}  # the first to come says so itself; it is not believed, but is not here
ASKING = {  # how a model is asked: by the page's component and event
    "chat": ("box", "submit"),
    "documents": ("documents-box", "submit"),
    "agent": ("agent-box", "submit"),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    with served_app(tmp_path_factory.mktemp("limits"), TERTULIA_MAX_ANSWER_TOKENS="4") as app:
        yield app


@pytest.fixture
def operator(app: ServedApp) -> Iterator[httpx.Client]:
    """A browser of this machine."""
    with httpx.Client(base_url=app.url, headers={"accept-language": "es"}, timeout=SECONDS) as client:
        client.get("/").raise_for_status()
        yield client


def rule(operator: httpx.Client, **changed: str | None) -> httpx.Response:
    """Keep the rules as the page shows them, but for what is ``changed``; None unticks."""
    shown = read_html(operator.get("/operator").text).one(id="limits")
    inputs = [each.attributes for each in shown.all() if each.tag == "input"]
    form = {told["name"]: told.get("value", "on") for told in inputs if told["type"] != "checkbox" or "checked" in told}
    return operator.post("/operator", data={name: value for name, value in (form | changed).items() if value})


@asynccontextmanager
async def stranger(app: ServedApp, cookies: Mapping[str, str] | None = None) -> AsyncIterator[RawVisitor]:
    async with visitor(app.url, cookies) as one:
        one.client.headers.update(ELSEWHERE | {"accept-language": "es"})
        one.client.cookies.set("tertulia_language", "es")
        yield one


async def asked(who: RawVisitor, room: str) -> str:
    """All that came back."""
    elem_id, event = ASKING[room]
    heard = await who.event(elem_id, event, **{elem_id: "Di que sí.", "inputs": "{}"})
    return "\n".join(heard.raw)


async def test_the_operator_limits_questions_in_every_room(app: ServedApp, operator: httpx.Client) -> None:
    kept = rule(operator, turns_a_day="1")
    assert catalogue.text("es", "app_limits_kept") in kept.text
    async with stranger(app) as ana:
        assert (await ana.ask("Di que sí.")).shown["conversation"]
        for room in ASKING:
            assert "Ya preguntaste todo lo que puede un visitante" in await asked(ana, room), room
    async with visitor(app.url, dict(operator.cookies)) as herself:
        for _ in range(2):
            assert (await herself.ask("Say yes.")).shown["conversation"]
    rule(operator, turns_a_day="0")


async def test_a_refused_question_is_not_lost_and_nothing_is_stored(app: ServedApp, operator: httpx.Client) -> None:
    rule(operator, turns_a_day="1")
    async with stranger(app) as ana:
        conversation = (await ana.ask("Di que sí.")).shown["conversation"]
        heard = await ana.ask("Y otra vez.", conversation)
        assert heard.shown.get("box") in (None, "Y otra vez."), "the box keeps it"
        assert "Y otra vez." not in str((await ana.look(conversation)).shown["chat"])
    rule(operator, turns_a_day="0")


async def test_files_and_addresses_can_be_forbidden(app: ServedApp, operator: httpx.Client, tmp_path: Path) -> None:
    rule(operator, allows_uploads=None, allows_addresses=None)
    async with stranger(app) as ana:
        heard = await ana.report("library-bridge", "addresses", text="https://example.org/a")
        sentence = catalogue.text("es", "error_addresses_not_allowed")
        assert sentence in [*heard.sentences, heard.shown.get("library-status", "")], heard.shown
    rule(operator, allows_uploads="on", allows_addresses="on")


async def test_strangers_neither_see_nor_change_the_rules(app: ServedApp) -> None:
    async with stranger(app) as ana:
        assert "turns_a_day" not in (await ana.client.get("/operator")).text
        refused = await ana.client.post("/operator", data={"section": "limits", "turns_a_day": "9"})
        assert refused.status_code == 400
