"""A service's model in the Playground without a browser: what is sent, to whom, and what is said when it is not."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from building.model_shelf import service_keys
from building.playground import build_cloud_models
from chains.model_shelf import ChatModelShelf
from components.cloud_events import CloudEvents
from components.owner import OWNER_COOKIE
from components.playground_events import PlaygroundEvents
from components.playground_models import PlaygroundModels
from components.playground_screen import settings_inputs
from components.playground_tab import lay_out_playground
from components.shown_errors import Update
from errors import ExportGone
from models.remote.keys import ServiceKeys
from playground.cloud import CloudModels
from playground.exports import to_python
from playground.panel_options import CloudOptions
from playground.permalinks import Experiment, from_fragment, to_fragment
from settings import Settings
from tests.chat_services import Reply
from tests.html_reader import read_html
from tests.page_reader import catalogue
from tests.playground_texts import SESSION, playground_services, scripted_room_model
from tests.room_models import RoomModels
from tests.scripted_rows import FACTS, ScriptedRows
from tests.scripted_teller import NAME, ScriptedTeller
from tests.service_bench import KEY, Bench
from tests.told_tokens import told_by_gemini, told_by_openai

pytest_plugins = ["tests.service_fixtures"]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # how Gradio shows a toast where there is no page


class CloudVisitor:
    """Ana, with the last value of every component. ``teller`` knows what left the machine."""

    def __init__(self) -> None:
        self.teller, self.rows = ScriptedTeller(), ScriptedRows()
        services = playground_services(self.rows)
        cloud = CloudModels({NAME: self.teller})
        self.services = replace(services, playground=replace(services.playground, cloud=cloud))
        with gr.Blocks():
            self.parts = lay_out_playground(self.services.playground.models)
        self.room, self.events = PlaygroundEvents(self.services, self.parts), CloudEvents(self.services, self.parts)
        self.models = PlaygroundModels(self.services, self.parts)
        cookies = {OWNER_COOKIE: self.services.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=cookies, headers={}, session_hash=SESSION)
        self.shown: Update = {}

    async def see(self, updates: AsyncGenerator[Update, None]) -> None:
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state

    async def send(self, prompt: str, max_tokens: Any = 2, name: str = NAME) -> None:
        await self.see(self.events.send(self.request, name, prompt, max_tokens))

    async def choose(self, name: str) -> None:
        """Both listen to the same."""
        settings = [part.value for part in settings_inputs(self.parts)]
        await self.see(self.events.leave(self.request, name))
        await self.see(self.models.choose(self.request, name, "", "", None, *settings))

    async def come(self, action: str, link: str) -> None:
        """Both listen to the same."""
        event = gr.EventData(None, {"action": action, "link": link})
        await self.see(self.room.come(self.request, event))
        await self.see(self.events.restore(self.request, event))

    @property
    def link(self) -> str:
        share = read_html(str(self.shown[self.parts.cloud.share]))
        return share.one(data_act="link").attributes["data-link"]

    def said(self, part: gr.HTML) -> str:
        return read_html(str(self.shown[part])).text


@pytest.fixture
async def ana() -> CloudVisitor:
    """Made while a loop runs: Gradio would make loops of its own and leave them open."""
    return CloudVisitor()


def experiment(model: str = NAME) -> Experiment:
    options = CloudOptions(max_tokens=7)
    return Experiment(panel="cloud", model=model, fingerprint="", text="Hola", is_chat=True, options=options)


async def test_only_the_button_sends(ana: CloudVisitor) -> None:
    await ana.choose(NAME)
    await ana.come("restore", to_fragment(experiment()))
    assert ana.teller.asked == []
    await ana.send("Hola")
    assert ana.teller.asked == [("Hola", 2)]
    assert ana.rows.asked == []


async def test_without_an_owner_nothing_is_sent(ana: CloudVisitor) -> None:
    ana.request = gr.Request(cookies={}, headers={}, session_hash=SESSION)
    await ana.send("Hola")
    assert ana.teller.asked == []


async def test_what_is_chosen_decides_what_rests(ana: CloudVisitor) -> None:
    why = ana.parts.cloud.controls.choice.why
    tabs = [tab for tab in ana.parts.tabs.children if isinstance(tab, gr.Tab)]
    await ana.choose(NAME)
    assert NAME in ana.said(why)
    assert {tab.id for tab in tabs if tab in ana.shown} == {tab.id for tab in tabs} - {"next"}
    assert all(not ana.shown[tab].interactive for tab in tabs if tab in ana.shown)
    await ana.choose(FACTS.name)
    assert ana.shown[why] == ""
    assert all(ana.shown[tab].interactive for tab in tabs if tab in ana.shown)


async def test_a_link_comes_back_with_its_controls(ana: CloudVisitor) -> None:
    await ana.send("Hola", 7)
    assert from_fragment(ana.link) == experiment()
    await ana.come("restore", ana.link)
    controls = ana.parts.cloud.controls
    assert (ana.shown[ana.parts.prompt], ana.shown[controls.choice.name]) == ("Hola", NAME)
    assert ana.shown[controls.max_tokens] == 7
    assert "Nothing was sent" in ana.said(ana.parts.status)


async def test_a_link_to_a_model_that_is_not_offered_says_so(ana: CloudVisitor) -> None:
    await ana.come("restore", to_fragment(experiment("google/other")))
    assert ana.said(ana.parts.status) == catalogue.text("en", "error_model_unknown", model="google/other")
    assert ana.parts.prompt not in ana.shown


async def test_a_link_to_something_else_chooses_the_local_model(ana: CloudVisitor) -> None:
    await ana.choose(NAME)
    local = Experiment(panel="next", model=FACTS.name, fingerprint="scripted", text="the cat")
    await ana.come("restore", to_fragment(local))
    assert ana.shown[ana.parts.cloud.controls.choice.name] == FACTS.name


@pytest.mark.parametrize(
    ("prompt", "max_tokens", "name", "key"),
    [
        ("  ", 1, NAME, "error_prompt_blank"),
        ("secret", 1, NAME, "error_probabilities_not_told"),
        ("Hola", 61, NAME, "error_option_invalid"),
        ("Hola", None, NAME, "error_option_invalid"),
        ("Hola", 1, FACTS.name, "error_model_unknown"),
    ],
)
async def test_what_cannot_be_done_is_said_and_what_was_seen_stays(
    ana: CloudVisitor, prompt: str, max_tokens: Any, name: str, key: str
) -> None:
    cloud = ana.parts.cloud
    await ana.send("Hola")
    before = ana.shown[cloud.picture]
    await ana.send(prompt, max_tokens, name)
    assert ana.said(cloud.status) == catalogue.text("en", key, model=name)
    assert ana.shown[cloud.picture] == before
    assert ana.shown[cloud.controls.send].visible


async def test_files_are_those_of_what_is_seen_and_of_nobody_else(ana: CloudVisitor) -> None:
    await ana.send("Hola")
    exports, owner = ana.services.playground.exports, ana.services.owners.owner_of(ana.request)
    assert json.loads(exports.take(owner, SESSION, "cloud", "json"))["experiment"]["model"] == NAME
    with pytest.raises(ExportGone):
        exports.take("somebody else", SESSION, "cloud", "csv")


async def test_a_program_is_made_of_what_is_seen(ana: CloudVisitor) -> None:
    await ana.send("Hola")
    await ana.come("python", ana.link)
    assert "TEXT = 'Hola'" in str(ana.shown[ana.parts.copied])


async def test_without_a_service_there_is_nothing_to_choose() -> None:
    with gr.Blocks():
        parts = lay_out_playground((FACTS.name,))
    assert not parts.cloud.controls.choice.name.visible


@pytest.mark.parametrize(("kind", "told"), [("gemini", told_by_gemini), ("openai", told_by_openai)])
async def test_a_program_prints_what_the_service_tells(
    kind: str, told: Callable[[], Reply], benches: dict[str, Bench]
) -> None:
    bench = benches[kind]
    bench.service.replies = [told()]
    address = bench.service.url
    program = to_python(experiment(bench.model.model_name))
    assert KEY not in program
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(program, "experiment.py", "exec"), names)  # noqa: S102 - to run it is the point
    keys = ServiceKeys(google=KEY, google_base_url=address, openai=KEY, openai_base_url=address)
    with redirect_stdout(io.StringIO()) as output:
        await names["experiment"](keys)
    assert output.getvalue().splitlines()[:2] == ["'Paris'", "    0.750000  'Paris'"]


def test_the_operators_models_are_offered_where_a_key_or_a_server_opens_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # where no .env is
    offered = "openai/own,google/gemini-2.5-flash,local/other"
    keyless = Settings.load(models=offered)
    assert build_cloud_models(shelf_of(keyless)).names == ()
    served = Settings.load(models=offered, openai_base_url="http://127.0.0.1:1")
    assert build_cloud_models(shelf_of(served)).names == ("openai/own",)


def shelf_of(settings: Settings) -> ChatModelShelf:
    return ChatModelShelf(RoomModels(scripted_room_model()), service_keys(settings), settings.offered_models)
