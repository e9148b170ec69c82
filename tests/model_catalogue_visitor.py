"""Somebody at the Catalogue tab without a browser: its handlers, called as Gradio would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr

from components.model_catalogue_events import ModelCatalogueEvents
from components.model_catalogue_panel import lay_out_model_catalogue
from components.owner import OWNER_COOKIE
from components.shown_errors import Update
from models.download_job import DownloadState
from models.downloads import Downloads
from models.model_folder import ModelFolder
from tests.html_reader import Element, read_html
from tests.page_server import PageServer
from tests.scripted_local_models import ScriptedLocalModels
from tests.scripted_models_room import NOBODY

WAIT_S = 30.0
HERE, ELSEWHERE = "127.0.0.1", "203.0.113.9"


class ModelCatalogueVisitor:
    """One browser: the last value of every component. ``from_elsewhere`` is somebody else at the same page."""

    def __init__(self, folder: Path, hub_url: str = NOBODY) -> None:
        self.server = PageServer(folder, hub_url=hub_url)
        self.services = self.server.services()
        with gr.Blocks(), gr.Tab() as tab:
            self.parts = lay_out_model_catalogue(tab)
        self.events = ModelCatalogueEvents(self.services, self.parts)
        self.wanted: dict[str, Any] = {}
        self.shown: Update = {}
        self.states: list[Update] = []
        self.request = self.new_request(HERE)

    def new_request(self, host: str, **headers: str) -> gr.Request:
        """Somebody else, there."""
        cookies = {OWNER_COOKIE: self.server.owners.new_value(), "tertulia_language": "en"}
        return gr.Request(cookies=cookies, headers=headers, client={"host": host})

    async def look(self, **wanted: Any) -> None:
        self.wanted = wanted
        await self.see(self.events.look(json.dumps(wanted), self.request))

    async def refresh(self, **wanted: Any) -> None:
        self.wanted |= wanted
        await self.see(self.events.refresh(json.dumps(self.wanted), self.request))

    async def open(self, model_id: str) -> None:
        self.wanted["open"] = model_id
        await self.see(self.events.open(json.dumps(self.wanted), self.request))

    async def use(self, action: str, **data: str) -> None:
        await self.see(self.events.use(json.dumps(self.wanted), self.request, _event(action, data)))

    async def change(self, action: str, **data: str) -> None:
        await self.see(self.events.change(json.dumps(self.wanted), self.request, _event(action, data)))

    async def find(self, repository: str, file: str = "") -> None:
        await self.see(self.events.find(repository, file, self.request))

    async def look_for(self, path: str) -> None:
        await self.see(self.events.look_for(path, self.request))

    async def enter(self, token: str) -> None:
        await self.see(self.events.enter(json.dumps(self.wanted), token, self.request))

    async def see(self, updates: AsyncGenerator[Update, None]) -> None:
        self.states = []
        async with aclosing(updates):
            async for state in updates:
                self.states.append(state)
                self.shown |= state

    async def settle(self, name: str) -> DownloadState:
        """Wait until the download is over."""
        return (await asyncio.to_thread(self.downloads.wait, name, WAIT_S)).state

    @property
    def downloads(self) -> Downloads:
        return self.services.models.files.downloads

    @property
    def folder(self) -> ModelFolder:
        return self.services.models.files.folder

    @property
    def local(self) -> ScriptedLocalModels:
        local = self.services.models.files.local
        assert isinstance(local, ScriptedLocalModels)
        return local

    @property
    def grid(self) -> Element:
        return read_html(str(self.shown[self.parts.grid]))

    @property
    def ids(self) -> list[str]:
        """The models of the cards, in their order."""
        return [card.attributes["data-model"] for card in self.grid.all(role="listitem")]

    def card(self, model_id: str) -> Element:
        return self.grid.one(data_model=model_id)

    @property
    def full(self) -> Element:
        """The card that is open."""
        return read_html(str(self.shown[self.parts.card]))

    @property
    def now(self) -> Element:
        """What of it changes."""
        return read_html(str(self.shown[self.parts.now]))

    @property
    def machine(self) -> Element:
        return read_html(str(self.shown[self.parts.machine]))

    @property
    def rows(self) -> dict[str, Element]:
        """The downloads by their names."""
        listed = read_html(str(self.shown[self.parts.downloads]))
        return {row.attributes["data-download"]: row for row in _rows(listed)}

    @property
    def found(self) -> Element:
        return read_html(str(self.shown[self.parts.adding.found]))

    @property
    def said(self) -> str:
        return read_html(str(self.shown[self.parts.status])).text

    @property
    def was_refused(self) -> bool:
        return bool(read_html(str(self.shown[self.parts.status])).all(role="alert"))


def acts(element: Element) -> list[str]:
    """What its buttons do."""
    found = [child.attributes["data-act"] for child in element.inside if "data-act" in child.attributes]
    return found + [act for child in element.inside for act in acts(child)]


def _rows(element: Element) -> list[Element]:
    here = [child for child in element.inside if "data-download" in child.attributes]
    return here + [row for child in element.inside for row in _rows(child)]


def _event(action: str, data: dict[str, str]) -> gr.EventData:
    return gr.EventData(None, {**data, "action": action})
