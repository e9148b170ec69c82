"""The Samples tab without a browser: what is shown while the model writes, afterwards, and when it is stopped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import gradio as gr
import pytest

from components.owner import OWNER_COOKIE
from components.playground_tab import CHAT, TEXT, lay_out_playground
from components.samples_events import SamplesEvents
from components.shown_errors import Update
from errors import EngineBusy, EngineDied, ExportGone
from playground.panel_options import SamplesOptions
from playground.permalinks import from_fragment, to_fragment
from tests.html_reader import Element, read_html
from tests.playground_texts import SESSION, playground_services
from tests.scripted_rows import BEGIN_ID, END_ID, ScriptedRows, token_ids
from tests.scripted_samples import ScriptedSamples

PROMPT = " the cat"


class SamplesVisitor:
    """Ana, with the last value of every component."""

    def __init__(self) -> None:
        self.sampler = ScriptedSamples()
        self.services = playground_services(ScriptedRows(), self.sampler)
        with gr.Blocks():
            self.parts = lay_out_playground()
        self.events = SamplesEvents(self.services, self.parts)
        cookies = {OWNER_COOKIE: self.services.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=cookies, headers={}, session_hash=SESSION)
        sliders = {name: slider.value for name, slider in self.parts.sampling.sliders.items()}
        self.settings: dict[str, Any] = {**sliders, "num": 3, "max_tokens": 4, "seed": "7"}
        self.prompt, self.mode = PROMPT, TEXT
        self.shown: Update = {}
        self.news: asyncio.Queue[None] = asyncio.Queue()

    async def see(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        states = []
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state
                states.append(state)
                self.news.put_nowait(None)
        return states

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait while other tasks show something."""
        async with asyncio.timeout(20):
            while not is_so():
                await self.news.get()

    @property
    def _given(self) -> tuple[Any, ...]:
        place = self.shown.get(self.parts.samples.place, "")
        return (self.prompt, self.mode, place, *self.settings.values())

    async def run(self) -> list[Update]:
        return await self.see(self.events.run(self.request, *self._given))

    async def press(self, action: str, **data: object) -> list[Update]:
        handler = self.events.go_on if action == "token" else self.events.begin
        event = gr.EventData(None, {**data, "action": action})
        return await self.see(handler(self.request, event, *self._given))

    async def come(self, link: str) -> list[Update]:
        event = gr.EventData(None, {"action": "restore", "link": link})
        return await self.see(self.events.restore(self.request, event))

    @property
    def picture(self) -> Element:
        return read_html(str(self.shown[self.parts.samples.picture]))

    @property
    def cards(self) -> list[Element]:
        return [*self.picture.all(class_="sm-card sm-greedy"), *self.picture.all(class_="sm-card")]

    @property
    def said(self) -> str:
        return read_html(str(self.shown[self.parts.samples.status])).text

    @property
    def link(self) -> str:
        share = read_html(str(self.shown[self.parts.samples.share]))
        return share.one(data_act="link").attributes["data-link"]

    @property
    def is_at_rest(self) -> bool:
        controls = self.parts.samples.controls
        return self.shown[controls.run].visible is True and self.shown[controls.stop].visible is False


@pytest.fixture
async def visitor() -> SamplesVisitor:
    """Made while a loop runs: Gradio would make loops of its own and leave them open."""
    return SamplesVisitor()


def tokens_of(card: Element) -> list[Element]:
    (answer,) = card.all(class_="gb-answer")
    return answer.inside


def is_begun(card: Element) -> bool:
    """While it grows, a text has nothing to choose from."""
    return bool(card.one(class_="gb-answer sm-text").inside)


async def test_texts_stand_side_by_side_with_what_else_was_possible(visitor: SamplesVisitor) -> None:
    states = await visitor.run()
    assert visitor.parts.samples.controls.stop in states[0]
    assert len(visitor.cards) == 4
    assert "seed 9" in visitor.cards[3].text
    for card in visitor.cards:
        (rows, *_) = [json.loads(token.attributes["data-o"]) for token in tokens_of(card)]
        assert sum(row[5] for row in rows) == 1
        assert all(row[4] for row in rows if row[3] not in (END_ID, None))
    assert visitor.picture.all(class_="sm-tree")
    assert visitor.is_at_rest


async def test_files_of_what_is_seen_are_the_owners(visitor: SamplesVisitor) -> None:
    await visitor.run()
    exports, owner = visitor.services.playground.exports, visitor.services.owners.owner_of(visitor.request)
    assert exports.take(owner, SESSION, "samples", "csv").startswith(b"sample,place,id")
    with pytest.raises(ExportGone):
        exports.take("somebody else", SESSION, "samples", "csv")


async def test_who_comes_by_the_address_sees_the_same(visitor: SamplesVisitor) -> None:
    visitor.settings["seed"] = ""
    await visitor.run()
    seen = [[token.text for token in tokens_of(card)] for card in visitor.cards]
    other = SamplesVisitor()
    await other.come(visitor.link)
    assert [[token.text for token in tokens_of(card)] for card in other.cards] == seen
    assert other.sampler.asked == []  # the same seed would not bring every text back
    assert other.link == visitor.link
    controls = other.parts.samples.controls
    assert (other.shown[controls.num], other.shown[controls.max_tokens]) == (3, 4)
    assert other.shown[controls.seed].isdecimal()


async def test_texts_that_go_on_after_a_control_token_are_drawn_again(visitor: SamplesVisitor) -> None:
    await visitor.run()
    seen = [[token.text for token in tokens_of(card)] for card in visitor.cards]
    experiment = from_fragment(visitor.link)
    assert isinstance(experiment.options, SamplesOptions)
    first, *others = experiment.options.texts
    texts = ((*first[:1], BEGIN_ID, *first[2:]), *others)
    options = experiment.options.model_copy(update={"texts": texts})
    other = SamplesVisitor()
    await other.come(to_fragment(experiment.model_copy(update={"options": options})))
    assert [[token.text for token in tokens_of(card)] for card in other.cards] == seen
    assert len(other.sampler.asked) == 1


async def test_a_token_leads_on_and_there_is_a_way_back(visitor: SamplesVisitor) -> None:
    await visitor.run()
    written = json.loads(str(visitor.shown[visitor.parts.samples.place]))["texts"]
    other = token_ids(" sat")[0]
    await visitor.press("token", message=2, token=3, other=other)
    assert visitor.sampler.asked[-1][0] == (*token_ids(PROMPT), *written[2][:3], other)
    assert "Back" in visitor.picture.one(data_act="begin").text
    await visitor.run()  # the same prompt: from there again
    assert visitor.sampler.asked[-1][0] == (*token_ids(PROMPT), *written[2][:3], other)
    await visitor.press("begin")
    assert visitor.sampler.asked[-1][0] == token_ids(PROMPT)
    assert not visitor.picture.all(data_act="begin")


@pytest.mark.parametrize("changed", [{"prompt": " a dog"}, {"mode": CHAT}])
async def test_another_prompt_leaves_the_chosen_tokens_behind(visitor: SamplesVisitor, changed: dict[str, str]) -> None:
    await visitor.run()
    await visitor.press("token", message=0, token=0, other=token_ids(" sat")[0])
    for name, value in changed.items():
        setattr(visitor, name, value)
    await visitor.run()
    assert not visitor.picture.all(data_act="begin")


@pytest.mark.parametrize(
    "data",
    [
        {"message": 9, "token": 0, "other": 1},
        {"message": 0, "token": 99, "other": 1},
        {"message": 0, "token": 0, "other": -1},
        {"message": 0, "token": 0, "other": 299_999},
        {"message": 0, "token": 0, "other": END_ID},
        {"message": "x", "token": None, "other": "<b>"},
    ],
)
async def test_what_nobody_can_press_is_refused_and_what_was_seen_stays(
    visitor: SamplesVisitor, data: dict[str, object]
) -> None:
    await visitor.run()
    picture = visitor.shown[visitor.parts.samples.picture]
    await visitor.press("token", **data)
    assert "refused" in str(visitor.shown[visitor.parts.samples.status])
    assert visitor.shown[visitor.parts.samples.picture] == picture
    assert visitor.is_at_rest


async def test_a_place_that_somebody_made_up_is_refused(visitor: SamplesVisitor) -> None:
    visitor.shown[visitor.parts.samples.place] = '{"text": "x", "is_chat": false, "path": [-1], "texts": []}'
    await visitor.run()
    assert "refused" in str(visitor.shown[visitor.parts.samples.status])
    assert visitor.sampler.asked == []


@pytest.mark.parametrize("changed", [{"seed": "x"}, {"num": 9}, {"max_tokens": 0}, {"num": "<b>"}])
async def test_settings_that_no_control_has_are_refused(visitor: SamplesVisitor, changed: dict[str, Any]) -> None:
    visitor.settings |= changed
    await visitor.run()
    assert "refused" in str(visitor.shown[visitor.parts.samples.status])
    assert visitor.is_at_rest


@pytest.mark.parametrize("error", [EngineDied(), EngineBusy()])
async def test_when_the_model_fails_the_button_comes_back(visitor: SamplesVisitor, error: Any) -> None:
    visitor.sampler.error = error
    await visitor.run()
    assert visitor.said == visitor.services.catalogue.error("en", error)
    assert visitor.is_at_rest


async def test_stopping_shows_what_was_written_whole(visitor: SamplesVisitor) -> None:
    visitor.sampler.is_held = True
    running = asyncio.create_task(visitor.run())
    await visitor.until(lambda: visitor.parts.samples.picture in visitor.shown and all(map(is_begun, visitor.cards)))
    await visitor.see(visitor.events.stop(visitor.request))
    await running
    assert [len(tokens_of(card)) for card in visitor.cards] == [1] * 4
    assert all(token.attributes["data-o"] for card in visitor.cards for token in tokens_of(card))
    assert visitor.said == "Stopped. What was written so far stays."
    assert from_fragment(visitor.link).options == SamplesOptions(num_samples=3, max_tokens=4)
    assert visitor.is_at_rest
    assert visitor.sampler.num_closed == 1


async def test_one_visitor_cannot_stop_another(visitor: SamplesVisitor) -> None:
    visitor.sampler.is_held = True
    running = asyncio.create_task(visitor.run())
    await visitor.until(lambda: visitor.parts.samples.picture in visitor.shown)
    cookies = {OWNER_COOKIE: visitor.services.owners.new_value(), "tertulia_language": "en"}
    stranger = gr.Request(cookies=cookies, headers={}, session_hash=SESSION)
    async with aclosing(visitor.events.stop(stranger)) as states:
        assert [state async for state in states]
    assert not running.done()
    running.cancel()
    await asyncio.wait({running})
    assert visitor.sampler.num_closed == 1


async def test_samples_that_wait_say_so(visitor: SamplesVisitor) -> None:
    visitor.sampler.num_slots = 1
    visitor.sampler.is_held = True
    running = asyncio.create_task(visitor.run())
    await visitor.until(lambda: visitor.parts.samples.picture in visitor.shown and "queue" in visitor.cards[3].text)
    assert "number 3 in the queue" in visitor.cards[3].text
    assert "3 wait" in visitor.said
    await visitor.see(visitor.events.stop(visitor.request))
    await running


async def test_texts_of_others_are_no_markup(visitor: SamplesVisitor) -> None:
    visitor.prompt = "<img src=x>"
    await visitor.run()
    assert "img" not in visitor.picture.tags()


async def test_an_empty_prompt_is_gone_on_with(visitor: SamplesVisitor) -> None:
    visitor.prompt = ""
    await visitor.run()
    assert len(visitor.cards) == 4
