"""The Context tab without a browser: what is drawn, what is said, and what comes in."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest

from components.context_events import ContextEvents
from components.context_examples import STORIES, TALKS
from errors import EngineBusy
from playground.exports import to_python
from playground.panel_options import ContextOptions
from playground.permalinks import Experiment, from_fragment, to_fragment
from playground.positions import MAX_CHARACTERS
from tests.html_reader import Element
from tests.page_reader import catalogue
from tests.playground_texts import SESSION, TextsVisitor
from tests.scripted_model import ScriptedModel

HOSTILE = "<img src=x onerror=alert(1)> \u202e & 🦩"
MEMORIES = ["buffer", "window", "summary", "none"]


class ContextVisitor(TextsVisitor):
    """Ana at the Context tab; ``model`` writes the summary."""

    def __init__(self) -> None:
        super().__init__()
        model = self.services.playground.local.of("", "").model.model
        assert isinstance(model, ScriptedModel)
        self.model = model
        self.model.script = lambda _: ["Ana cannot eat peanuts."]
        self.context = ContextEvents(self.services, self.parts)
        self.given: dict[str, Any] = {"form": "chat", "before": "", "window": 256, "answer": 64, "turns": 3}

    async def run(self, prompt: str | None, **given: Any) -> list[dict[Any, Any]]:
        self.given |= given
        return await self.see(self.context.run(self.request, prompt, *self.given.values()))

    async def come(self, link: str) -> list[dict[Any, Any]]:
        event = gr.EventData(None, {"action": "restore", "link": link})
        return await self.see(self.context.restore(self.request, event))

    @property
    def picture(self) -> Element:
        return self.read(self.parts.context.picture)

    @property
    def link(self) -> str:
        return self.read(self.parts.context.share).one(data_act="link").attributes["data-link"]

    @property
    def said(self) -> str:
        return self.read(self.parts.context.status).text


@pytest.fixture
async def ana() -> ContextVisitor:
    return ContextVisitor()


def boxes(picture: Element) -> list[list[str]]:
    return [[box.attributes["class"] for box in bar.inside] for bar in picture.all(role="img") if bar.tag == "div"]


async def test_every_memory_is_drawn_over_the_same_turns(ana: ContextVisitor) -> None:
    await ana.see(ana.context.talk(ana.request, None, *ana.given.values()))
    num_turns = TALKS["en"].conversation.count("\n\n") // 2 + 1
    everything, window, summary, none = boxes(ana.picture)
    assert {len(drawn) for drawn in (everything, window, summary, none)} == {num_turns}
    assert none == ["cx-left_out"] * num_turns
    assert window == ["cx-left_out"] * (num_turns - 3) + ["cx-seen"] * 3
    assert everything[0] == "cx-left_out"
    assert summary[0] == "cx-summed"
    assert "Ana cannot eat peanuts." in ana.picture.text
    assert [name.text for name in ana.picture.all() if name.tag == "small"] == MEMORIES
    assert ana.shown[ana.parts.prompt] == TALKS["en"].question


async def test_the_same_is_told_in_a_table(ana: ContextVisitor) -> None:
    await ana.see(ana.context.talk(ana.request, None, *ana.given.values()))
    (table,) = ana.picture.all(class_="cx-table")
    rows = [[cell.text for cell in row.inside] for row in table.inside[1].inside]
    assert rows[0][0].startswith("1 · You Hello! My name is Ana")
    assert rows[0][2] == "summary (shortened)"
    assert rows[-1][2] == "buffer, window, summary"


async def test_a_text_has_no_place_for_a_summary_and_says_so(ana: ContextVisitor) -> None:
    await ana.see(ana.context.story(ana.request, None, *ana.given.values()))
    assert len(boxes(ana.picture)) == 3
    assert catalogue.text("en", "app_context_plain_text") in ana.picture.text
    assert ana.model.prompts == []
    assert ana.shown[ana.parts.context.controls.before] == STORIES["en"].conversation


async def test_what_is_missing_is_asked_for(ana: ContextVisitor) -> None:
    await ana.run("", before="  ")
    assert ana.picture.text == catalogue.text("en", "app_context_empty")
    await ana.run(None, before="Hello.\n\nHi.")
    assert ana.picture.text == catalogue.text("en", "app_context_no_question")
    await ana.run("", form="text")
    assert boxes(ana.picture)


async def test_nothing_of_a_text_is_markup(ana: ContextVisitor) -> None:
    ana.model.script = lambda _: [HOSTILE]
    await ana.run(HOSTILE, before=f"{HOSTILE}\n\n{HOSTILE}\n\n" + "word " * 100 + f"\n\n{HOSTILE}\n\na\n\nb\n\nc\n\nd")
    assert "img" not in ana.picture.tags()
    assert "<img" in ana.picture.text
    assert "img" not in ana.read(ana.parts.context.share).tags()


async def test_a_question_that_never_fits_is_told_by_its_length(ana: ContextVisitor) -> None:
    await ana.run("long " * 300, before="One.\n\nTwo.")
    said = catalogue.text("en", "app_context_question_too_long", length=0, limit=192).partition(" it is")[0]
    assert ana.picture.text.count(said) == 4
    assert not ana.picture.all(class_="context-meter")


async def test_the_address_shows_it_again_to_somebody_else(ana: ContextVisitor) -> None:
    await ana.run("Who am I?", before="I am Ana.\n\nHello, Ana.\n\nGood.\n\nYes.", window=96, answer=32, turns=1)
    experiment = from_fragment(ana.link)
    assert (experiment.panel, experiment.text, experiment.is_chat) == ("context", "Who am I?", True)
    assert isinstance(experiment.options, ContextOptions)
    bella = ContextVisitor()
    await bella.come(ana.link)
    assert bella.picture == ana.picture
    controls = bella.parts.context.controls
    assert [bella.shown[slider] for slider in controls.sliders.values()] == [96, 32, 1]
    assert bella.shown[controls.before].startswith("I am Ana.")
    other = experiment.model_copy(update={"panel": "tokens", "options": None})
    assert await bella.come(to_fragment(other)) == []


async def test_files_and_program_tell_the_same(ana: ContextVisitor) -> None:
    await ana.run("Who am I?", before="=I am Ana.\n\nHello, Ana.")
    owner = ana.services.owners.owner_of(ana.request)
    exports = ana.services.playground.exports
    told = json.loads(exports.take(owner, SESSION, "context", "json"))
    assert told["rows"][0]["everything"] == "seen"
    assert told["memories"][0]["fits"] is True
    assert told["experiment"]["options"]["window_tokens"] == 256
    table = exports.take(owner, SESSION, "context", "csv").decode()
    assert "'=I am Ana." in table
    compile(to_python(from_fragment(ana.link)), "program", "exec")


async def test_who_stops_keeps_what_is_seen(ana: ContextVisitor) -> None:
    states = await ana.run("Who?", before=TALKS["en"].conversation)
    controls = ana.parts.context.controls
    assert [state[controls.stop].visible for state in states][:2] == [True, True]
    assert not states[-1][controls.stop].visible
    await ana.see(ana.context.stop(ana.request))
    assert ana.said == catalogue.text("en", "app_context_stopped")
    assert ana.shown[controls.run].visible


async def test_a_busy_model_and_a_setting_that_no_slider_has_are_told(ana: ContextVisitor) -> None:
    await ana.run("Who?", before="I.\n\nYou.")
    before = ana.picture
    ana.model.script = lambda _: [EngineBusy()]
    await ana.run("Who?", before=TALKS["en"].conversation)
    assert ana.said == catalogue.text("en", EngineBusy.key)
    assert ana.shown[ana.parts.context.controls.run].visible
    assert ana.picture != before, "what needs no summary is shown all the same"
    for wrong in (1, 9_999, None, "x", float("nan")):
        await ana.run("Who?", window=wrong)
        assert ana.said == catalogue.text("en", "error_option_invalid")


async def test_more_turns_than_can_be_drawn_are_refused(ana: ContextVisitor) -> None:
    await ana.run("Who?", before="a\n\n" * 1_000)
    assert ana.said == catalogue.text("en", "error_too_many_turns", limit=200)
    await ana.run("Who?", form="text", before="a. " * MAX_CHARACTERS)
    assert boxes(ana.picture)


def test_an_address_that_is_too_long_is_still_a_program() -> None:
    options = ContextOptions(conversation="".join(chr(0x4E00 + number) for number in range(9_000)))
    experiment = Experiment(panel="context", model="m", fingerprint="f", is_chat=True, text="?", options=options)
    compile(to_python(experiment), "program", "exec")
