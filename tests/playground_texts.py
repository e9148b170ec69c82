"""Somebody at the Playground's Tokens and Score tabs without a browser: their handlers, called as Gradio would."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

import gradio as gr

from chains.room_model import RoomModel
from components.catalogue import Catalogue
from components.export_shelf import ExportShelf
from components.owner import OWNER_COOKIE, OwnerCookie
from components.playground_tab import lay_out_playground
from components.playground_text_events import TextEvents
from components.services import PlaygroundRoom, Services
from components.shown_errors import Update
from models.status import ModelState, ModelStatus
from playground.experiments import Playground
from playground.local_playgrounds import LocalPlayground, LocalPlaygrounds
from tests.html_reader import Element, read_html
from tests.scripted_local_models import ScriptedLocalModels, file_card
from tests.scripted_model import ScriptedModel
from tests.scripted_rows import FACTS, ScriptedRows
from tests.scripted_samples import ScriptedSamples

SESSION = "tab1"


def playground_services(
    reader: ScriptedRows, sampler: ScriptedSamples | None = None, model: ScriptedModel | None = None
) -> Services:
    """A house with one room."""
    elsewhere = cast("Any", None)
    sampler = sampler or ScriptedSamples()
    return Services(
        chat=elsewhere,
        documents=elsewhere,
        agent=elsewhere,
        models=elsewhere,
        playground=PlaygroundRoom(one_playground(reader, sampler, model), ExportShelf()),
        model_status=lambda: ModelStatus("scripted", ModelState.READY),
        catalogue=Catalogue.load(),
        owners=OwnerCookie(b"secret"),
    )


def one_playground(
    reader: ScriptedRows, sampler: ScriptedSamples, model: ScriptedModel | None = None
) -> LocalPlaygrounds:
    """Over one model."""
    made = LocalPlayground(Playground(reader, lambda: FACTS), sampler, scripted_room_model(model))
    local = ScriptedLocalModels(cards={FACTS.name: file_card()}, in_memory=[FACTS.name])
    return LocalPlaygrounds(local, lambda _: made)


def scripted_room_model(model: ScriptedModel | None = None) -> RoomModel:
    """What the tabs that talk to the model are given."""
    model = model or ScriptedModel()
    return RoomModel(model, model, FACTS.name, FACTS.context_tokens)


class TextsVisitor:
    """Ana, with the last value of every component."""

    def __init__(self) -> None:
        self.reader = ScriptedRows()
        self.services = playground_services(self.reader)
        with gr.Blocks():
            self.parts = lay_out_playground()
        self.events = TextEvents(self.services, self.parts)
        self.cookies = {OWNER_COOKIE: self.services.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=self.cookies, headers={}, session_hash=SESSION)
        self.shown: Update = {}

    async def see(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        states = []
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state
                states.append(state)
        return states

    async def split(self, first: str, second: str = "", seen: str = "true") -> list[Update]:
        return await self.see(self.events.tokens.split(first, second, seen, self.request))

    async def score(self, first: str, second: str = "") -> list[Update]:
        return await self.see(self.events.score.score(first, second, self.request))

    async def restore(self, link: str, action: str = "restore") -> list[Update]:
        event = gr.EventData(None, {"action": action, "link": link})
        return await self.see(self.events.score.restore(self.request, event))

    def read(self, part: gr.HTML) -> Element:
        """What a component shows."""
        return read_html(str(self.shown[part]))

    @property
    def tokens(self) -> Element:
        return self.read(self.parts.tokens.picture)

    @property
    def scored(self) -> Element:
        return self.read(self.parts.score.picture)
