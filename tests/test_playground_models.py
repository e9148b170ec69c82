"""The Playground's models of this machine: one is loaded before it is worked with, in one tab of one browser alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from components.owner import OWNER_COOKIE
from components.playground_models import PlaygroundModels
from components.shown_errors import Update
from errors import ModelNotLoaded, ModelUnknown
from playground.local_playgrounds import MOST_CHOICES
from playground.permalinks import Experiment, from_fragment, to_fragment
from tests.page_reader import catalogue
from tests.playground_texts import playground_services, scripted_room_model
from tests.playground_visitor import PROMPT, PlaygroundVisitor
from tests.scripted_local_models import ScriptedLocalModels, file_card
from tests.scripted_playground import scripted_playgrounds
from tests.scripted_rows import FACTS, ScriptedRows

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # how Gradio shows a toast where there is no page
FIRST, OTHER, BROKEN = FACTS.name, "local/other", "local/broken"


class ModelsVisitor(PlaygroundVisitor):
    """Ana, who can choose among three models, of which one is broken."""

    def __init__(self) -> None:
        self.local = ScriptedLocalModels(
            cards={name: file_card(name) for name in (FIRST, OTHER, BROKEN)},
            faults={BROKEN: ModelNotLoaded(path="broken.gguf")},
            in_memory=[FIRST],
        )
        services = playground_services(ScriptedRows())
        known = scripted_playgrounds(scripted_room_model(), ScriptedRows(), (OTHER, BROKEN), self.local)
        super().__init__(replace(services, playground=replace(services.playground, local=known)))
        self.models = PlaygroundModels(self.services, self.parts)
        self.choice = self.parts.cloud.controls.choice

    async def choose(self, name: str) -> list[Update]:
        settings = self.settings.values()
        return await self.see(self.models.choose(self.request, name, self.place, self.prompt, self.mode, *settings))

    async def reopen(self, name: str) -> list[Update]:
        event = gr.EventData(None, {"action": "reopen", "model": name})
        return await self.see(self.models.reopen(self.request, event))

    def in_another_tab(self) -> None:
        cookies = {OWNER_COOKIE: self.request.cookies[OWNER_COOKIE], "tertulia_language": "en"}
        self.request = gr.Request(cookies=cookies, headers={}, session_hash="tab2")

    @property
    def experiment(self) -> Experiment:
        """What the address of what is seen tells."""
        return from_fragment(self.link)

    @property
    def tokens(self) -> list[str]:
        return [row.text for row in self.rows]

    @property
    def told(self) -> str:
        return self.read(self.choice.status).text


@pytest.fixture
async def ana() -> ModelsVisitor:
    """Made while a loop runs: Gradio would make loops of its own and leave them open."""
    return ModelsVisitor()


def error_sentence(error: Any) -> str:
    return catalogue.error("en", error)


async def test_all_models_are_offered(ana: ModelsVisitor) -> None:
    await ana.see(ana.models.look(ana.request, FIRST))
    shown = ana.shown[ana.choice.name]
    assert [name for name, _ in shown.choices] == [FIRST, OTHER, BROKEN]
    assert shown.visible


async def test_another_model_is_loaded_and_shows_the_same_prompt(ana: ModelsVisitor) -> None:
    await ana.look()
    before = ana.tokens
    states = await ana.choose(OTHER)
    assert any("progress" in str(state.get(ana.choice.status, "")) for state in states)
    assert ana.local.in_memory[0] == OTHER
    assert ana.tokens != before
    assert (ana.experiment.model, ana.experiment.fingerprint, ana.experiment.text) == (OTHER, OTHER, PROMPT)
    assert OTHER in ana.told
    assert ana.shown[ana.choice.switched] == OTHER


async def test_nothing_of_the_old_model_can_be_gone_on_from(ana: ModelsVisitor) -> None:
    await ana.look()
    await ana.do("greedy")
    assert ana.path
    await ana.choose(OTHER)
    assert ana.path == []
    for part in (ana.parts.samples.picture, ana.parts.sweep.picture, ana.parts.score.picture):
        assert ana.read(part).text == catalogue.text("en", "app_md_pg_emptied")
    assert ana.shown[ana.parts.samples.place] == ""


async def test_before_anything_was_looked_at_nothing_is_read(ana: ModelsVisitor) -> None:
    await ana.choose(OTHER)
    assert ana.place == ""
    await ana.look()
    assert ana.experiment.model == OTHER


async def test_other_tabs_and_other_people_keep_their_model(ana: ModelsVisitor) -> None:
    await ana.choose(OTHER)
    ana.in_another_tab()
    await ana.look()
    assert ana.experiment.model == FIRST
    ana.become_another()
    await ana.look()
    assert ana.experiment.model == FIRST


@pytest.mark.parametrize(
    ("name", "error"),
    [(BROKEN, ModelNotLoaded(path="broken.gguf")), ("local/gone", ModelUnknown(model="local/gone")), ("", None)],
)
async def test_the_old_model_stays_when_the_new_one_fails(ana: ModelsVisitor, name: str, error: Any) -> None:
    await ana.look()
    before = ana.tokens
    await ana.choose(name)
    assert ana.told == error_sentence(error or ModelUnknown(model=""))
    assert ana.shown[ana.choice.name] == FIRST
    assert ana.tokens == before
    await ana.choose(FIRST)  # as Gradio reports it
    assert ana.told == error_sentence(error or ModelUnknown(model=""))
    await ana.look()
    assert ana.experiment.model == FIRST


async def test_who_does_not_wait_keeps_the_old_model(ana: ModelsVisitor) -> None:
    await ana.see(ana.models.cancel(ana.request))
    assert ana.shown[ana.choice.name] == FIRST
    assert ana.told == catalogue.text("en", "app_md_pg_cancelled")


async def test_a_model_that_was_deleted_says_so(ana: ModelsVisitor) -> None:
    await ana.choose(OTHER)
    await ana.local.delete(OTHER)
    await ana.look()
    assert ana.said == error_sentence(ModelUnknown(model=OTHER))
    await ana.choose(FIRST)
    await ana.look()
    assert ana.experiment.model == FIRST


# --- addresses -------------------------------------------------------------------------------------------------------


def link(model: str) -> str:
    return to_fragment(Experiment(panel="next", model=model, fingerprint=model, text=PROMPT))


async def test_an_address_of_another_model_that_is_here_offers_it(ana: ModelsVisitor) -> None:
    await ana.come("restore", link=link(OTHER))
    status = ana.read(ana.parts.status)
    assert OTHER in status.text
    button = status.one(data_act="reopen")
    assert ana.experiment.model == FIRST
    await ana.reopen(button.attributes["data-model"])
    assert ana.shown[ana.choice.name] == OTHER
    assert ana.shown[ana.choice.reopened]
    await ana.come("restore", link=link(OTHER))  # as the page's script does then
    assert (ana.experiment.model, ana.said) == (OTHER, "")


@pytest.mark.parametrize("model", ["local/elsewhere", FIRST])
async def test_an_address_of_a_model_that_is_not_here_only_says_so(ana: ModelsVisitor, model: str) -> None:
    await ana.come("restore", link=link(model))
    status = ana.read(ana.parts.status)
    assert model in status.text
    assert status.all(data_act="reopen") == []


async def test_a_model_that_cannot_be_loaded_is_not_reopened(ana: ModelsVisitor) -> None:
    await ana.reopen(BROKEN)
    assert ana.choice.reopened not in ana.shown
    assert ana.shown[ana.choice.name] == FIRST


# --- what is remembered ----------------------------------------------------------------------------------------------


async def test_choices_of_those_long_gone_are_forgotten(ana: ModelsVisitor) -> None:
    local = ana.services.playground.local
    local.choose("ana", "first", OTHER)
    for number in range(MOST_CHOICES):
        local.choose("eva", str(number), OTHER)
    assert local.chosen("ana", "first") == FIRST
    assert local.chosen("eva", str(MOST_CHOICES - 1)) == OTHER


async def test_a_model_is_made_once_for_all(ana: ModelsVisitor) -> None:
    local = ana.services.playground.local
    for owner in ("ana", "eva"):
        local.choose(owner, "tab", OTHER)
    assert local.of("ana", "tab") is local.of("eva", "tab")
    assert local.of("ana", "tab") is not local.of("udo", "tab")
