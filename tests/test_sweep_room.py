"""The Sweep tab without a browser: what is shown while the grid fills, afterwards, and when it cannot be had."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr
import pytest

from components.owner import OWNER_COOKIE
from components.playground_tab import CHAT, TEXT, lay_out_playground
from components.shown_errors import Update
from components.sweep_events import SweepEvents
from errors import EngineBusy
from playground.permalinks import from_fragment
from tests.html_reader import Element, read_html
from tests.page_reader import catalogue
from tests.playground_texts import SESSION, playground_services
from tests.scripted_rows import ScriptedRows, token_ids
from tests.scripted_samples import ScriptedSamples


class SweepVisitor:
    """Ana, with the last value of every component."""

    def __init__(self, language: str = "en") -> None:
        self.sampler = ScriptedSamples()
        self.services = playground_services(ScriptedRows(), self.sampler)
        with gr.Blocks():
            self.parts = lay_out_playground()
        self.events = SweepEvents(self.services, self.parts)
        cookies = {OWNER_COOKIE: self.services.owners.new_value(), "tertulia_language": language}
        self.request = gr.Request(cookies=cookies, headers={}, session_hash=SESSION)
        sliders = {name: slider.value for name, slider in self.parts.sampling.sliders.items()}
        axes = {"rows": "temperature", "row_values": "0 1,5", "columns": "top_p", "column_values": "0.5 1"}
        self.settings: dict[str, Any] = {**sliders, **axes, "max_tokens": 4, "seed": "7"}
        self.prompt, self.mode = " the cat", TEXT
        self.shown: Update = {}

    async def see(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        states = []
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state
                states.append(state)
        return states

    async def run(self, **settings: Any) -> list[Update]:
        self.settings |= settings
        return await self.see(self.events.run(self.request, self.prompt, self.mode, *self.settings.values()))

    async def come(self, link: str, action: str = "restore") -> list[Update]:
        event = gr.EventData(None, {"action": action, "link": link})
        return await self.see(self.events.restore(self.request, event))

    def read(self, part: gr.HTML) -> Element:
        return read_html(str(self.shown[part]))

    @property
    def cells(self) -> list[Element]:
        (grid,) = self.read(self.parts.sweep.picture).all(class_="sw-grid")
        body = next(part for part in grid.inside if part.tag == "tbody")
        return [cell for row in body.inside for cell in row.inside if cell.tag == "td"]

    @property
    def said(self) -> str:
        return self.read(self.parts.sweep.status).text

    @property
    def link(self) -> str:
        return self.read(self.parts.sweep.share).one(data_act="link").attributes["data-link"]

    @property
    def is_at_rest(self) -> bool:
        controls = self.parts.sweep.controls
        return self.shown[controls.run].visible is True and self.shown[controls.stop].visible is False


@pytest.fixture
async def ana() -> SweepVisitor:
    return SweepVisitor()


async def test_each_cell_says_its_settings_its_text_and_its_figures(ana: SweepVisitor) -> None:
    await ana.run()
    names = [cell.one(class_="sw-name").text for cell in ana.cells]
    assert names == [f"Temperature {row} · Top-p {column}" for row in ("0", "1.5") for column in ("0.5", "1")]
    assert all(cell.one(class_="gb-answer sm-text").inside for cell in ana.cells)
    assert all(len(cell.one(class_="sm-figures").inside) == 3 for cell in ana.cells)
    together = catalogue.text("en", "app_sweep_together", count=2, total=4, seed=7)
    assert together in ana.read(ana.parts.sweep.picture).text
    assert ana.is_at_rest


async def test_a_text_like_another_says_like_which(ana: SweepVisitor) -> None:
    await ana.run()
    said = catalogue.text("en", "app_sweep_twin", place="Temperature 0 · Top-p 0.5")
    assert [said in cell.text for cell in ana.cells] == [False, True, False, False]


async def test_numbers_are_written_as_the_reader_writes_them() -> None:
    bella = SweepVisitor("es")
    await bella.run()
    assert bella.cells[2].one(class_="sw-name").text == "Temperatura 1,5 · Top-p 0,5"


async def test_while_it_is_written_the_model_can_be_stopped_and_the_queue_is_told(ana: SweepVisitor) -> None:
    ana.sampler.num_slots, ana.sampler.is_held = 1, True
    updates = ana.events.run(ana.request, ana.prompt, ana.mode, *ana.settings.values())
    waiting = catalogue.text("en", "app_sweep_waiting", done=0, total=4, waiting=3)
    async with aclosing(updates):
        async for state in updates:
            ana.shown |= state
            if waiting in str(state.get(ana.parts.sweep.status)):
                break
    assert not ana.is_at_rest
    assert ana.sampler.num_closed == 1
    await ana.see(ana.events.stop(ana.request))
    assert ana.is_at_rest
    assert ana.said == catalogue.text("en", "app_sweep_stopped")


async def test_text_of_others_is_no_markup(ana: SweepVisitor) -> None:
    ana.prompt = "<script>alert(1)</script> & more"
    await ana.run()
    picture = ana.read(ana.parts.sweep.picture)
    assert "script" not in picture.tags()
    assert "<script>" in picture.one(class_="pg-before").text


async def test_a_chat_is_asked_as_one(ana: SweepVisitor) -> None:
    ana.mode = CHAT
    await ana.run()
    ((ids, _),) = ana.sampler.asked
    assert ids == token_ids("human:  the cat\n")


async def test_an_empty_prompt_is_the_models_beginning(ana: SweepVisitor) -> None:
    ana.prompt = ""
    await ana.run()
    assert len(ana.cells) == 4


@pytest.mark.parametrize(
    ("settings", "key", "values"),
    [
        (
            {"row_values": "0 9"},
            "error_sweep_values_invalid",
            {"typed": "0 9", "limit": 4, "least": "0", "most": "3"},
        ),
        ({"columns": "temperature", "column_values": "1"}, "error_sweep_setting_twice", {}),
    ],
)
async def test_what_is_no_grid_is_told_and_leaves_the_old_one(
    ana: SweepVisitor, settings: dict[str, str], key: str, values: dict[str, object]
) -> None:
    await ana.run()
    before = ana.read(ana.parts.sweep.picture)
    await ana.run(**settings)
    assert ana.said == catalogue.text("en", key, **values)
    assert ana.read(ana.parts.sweep.picture) == before
    assert ana.is_at_rest


@pytest.mark.parametrize("wrong", [{"max_tokens": 0}, {"max_tokens": None}, {"seed": "x"}, {"rows": "nonsense"}])
async def test_what_no_control_can_hold_is_refused(ana: SweepVisitor, wrong: dict[str, object]) -> None:
    await ana.run(**wrong)
    assert ana.read(ana.parts.sweep.status).all(class_="refused")
    assert not ana.sampler.asked


async def test_a_busy_model_gives_the_button_back(ana: SweepVisitor) -> None:
    ana.sampler.error = EngineBusy()
    await ana.run()
    assert ana.said == catalogue.text("en", EngineBusy.key)
    assert ana.is_at_rest


async def test_the_address_of_a_grid_writes_the_same_one(ana: SweepVisitor) -> None:
    await ana.run(seed="")  # one is drawn, and is part of the address
    before, link = ana.cells, ana.link
    bella = SweepVisitor()
    await bella.come(link)
    assert bella.cells == before
    controls = bella.parts.sweep.controls
    assert bella.shown[controls.rows.values] == "0 1.5"
    assert bella.shown[controls.seed] == str(from_fragment(link).sampling.seed)
    assert bella.shown[controls.max_tokens] == 4


async def test_what_is_no_address_of_a_grid_writes_nothing(ana: SweepVisitor) -> None:
    assert await ana.come("playground=1nonsense") == []
    await ana.run()
    assert await ana.come(ana.link, "python") == []


async def test_the_files_are_kept_for_their_owner(ana: SweepVisitor) -> None:
    await ana.run()
    exports = ana.services.playground.exports
    owner = ana.services.owners.owner_of(ana.request)
    table = exports.take(owner, SESSION, "sweep", "csv").decode("utf-8-sig")
    assert table.startswith("temperature,top_p,text,")
