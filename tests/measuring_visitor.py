"""Somebody at the Space and Evaluate tabs without a browser: their handlers, called as Gradio would."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr

from components.evaluate_events import EvaluateEvents
from components.evaluate_panel import lay_out_evaluate
from components.owner import OWNER_COOKIE
from components.shown_errors import Update
from components.space_events import SpaceEvents
from components.space_panel import lay_out_space
from rag.settings import CollectionSettings
from tests.html_reader import Element, read_html
from tests.page_server import PageServer

VARIANTS = ([200, 500], [0], ["use-multilingual"], ["naive"], False)
NUM_SENTENCES = 40


class MeasuringVisitor:
    """Ana at her own collection, with the last value of every component. ``another`` is somebody else."""

    def __init__(self, server: PageServer) -> None:
        self.server = server
        self.services = server.services()
        with gr.Blocks():
            with gr.Tab("space") as tab:
                self.space = lay_out_space(tab)
            with gr.Tab("evaluate") as tab:
                self.evaluate = lay_out_evaluate(tab, self.services.documents.embedders)
        self.space_events = SpaceEvents(self.services, self.space)
        self.evaluate_events = EvaluateEvents(self.services, self.evaluate)
        self.shown: Update = {}
        self.become_another()

    @classmethod
    def at(cls, folder: Path) -> MeasuringVisitor:
        return cls(PageServer(folder))

    def become_another(self) -> None:
        """From here on it is somebody who has nothing; ``collection_id`` is what they then ask for."""
        self.shown = {}
        cookies = {OWNER_COOKIE: self.server.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=cookies, headers={})
        self.owner = self.services.owners.owner_of(self.request)
        self.own_id = self.services.documents.library.collections(self.owner)[0].id

    def add(self, folder: Path, *names: str) -> None:
        """A document for each name, READY, in chunks that are none of VARIANTS'."""
        library = self.services.documents.library
        library.change_settings(self.owner, self.own_id, CollectionSettings(chunk_size=300))
        for name in names:
            path = folder / "upload.txt"
            path.write_text(" ".join(f"The {name} of day {day} was fine." for day in range(NUM_SENTENCES)))
            library.add_file(self.owner, self.own_id, path, f"{name}.txt")
        assert self.services.documents.indexer.wait_until_idle(60)

    async def see(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        states = []
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state
                states.append(state)
        return states

    async def draw(self, collection_id: str = "", question: str = "") -> None:
        await self.see(self.space_events.draw(collection_id or self.own_id, question, self.request))

    async def compare(self, first: str, second: str, collection_id: str = "") -> None:
        await self.see(self.space_events.compare(collection_id or self.own_id, first, second, self.request))

    async def look(self, collection_id: str = "") -> None:
        await self.see(self.evaluate_events.look(collection_id or self.own_id, self.request))

    async def ask(self, question: str, answer: str, source: str = "", collection_id: str = "") -> None:
        given = (collection_id or self.own_id, question, answer, source)
        await self.see(self.evaluate_events.add(*given, self.request))

    async def upload(self, path: Path, collection_id: str = "") -> None:
        await self.see(self.evaluate_events.read(collection_id or self.own_id, str(path), self.request))

    async def act(self, action: str, collection_id: str = "", **data: str) -> None:
        event = gr.EventData(None, {**data, "action": action})
        await self.see(self.evaluate_events.act(collection_id or self.own_id, self.request, event))

    async def propose(self, num: int, collection_id: str = "") -> None:
        await self.see(self.evaluate_events.propose(collection_id or self.own_id, num, self.request))

    async def run(self, *values: Any, collection_id: str = "") -> list[Update]:
        given = values or VARIANTS
        return await self.see(self.evaluate_events.run(self.request, collection_id or self.own_id, *given))

    def read(self, part: gr.HTML) -> Element:
        """What a component shows."""
        return read_html(str(self.shown[part]))

    @property
    def questions(self) -> list[str]:
        return [item.inside[0].inside[0].text for item in self.read(self.evaluate.questions).all(class_="tool")] or []

    @property
    def said(self) -> str:
        return self.read(self.evaluate.status).text
