"""Somebody at the Playground's Prompts tab without a browser: its handlers, called as Gradio would."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from components.owner import OWNER_COOKIE
from components.playground_tab import CHAT, TEXT, lay_out_playground
from components.prompts_events import PromptsEvents
from components.shown_errors import Update
from playground.panel_options import PromptsOptions
from tests.html_reader import Element, read_html
from tests.playground_texts import SESSION, playground_services
from tests.scripted_model import ScriptedModel
from tests.scripted_rows import ScriptedRows


class PromptsVisitor:
    """Ana, with the last value of every component; ``fields`` are what the tab's own hold, in their order."""

    def __init__(self, model: ScriptedModel | None = None) -> None:
        self.model = model or ScriptedModel()
        self.reader = ScriptedRows()
        self.services = playground_services(self.reader, model=self.model)
        with gr.Blocks():
            self.parts = lay_out_playground()
        self.own = self.parts.prompts
        self.events = PromptsEvents(self.services, self.parts)
        self.cookies = {OWNER_COOKIE: self.services.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=self.cookies, headers={}, session_hash=SESSION)
        self.owner = self.services.owners.owner_of(self.request)
        self.settings = [*(slider.value for slider in self.parts.sampling.sliders.values()), "engine"]
        self.fields: list[Any] = [field.value for field in self.own.controls.fields]
        self.seed = "42"
        self.shown: Update = {}

    def choose(self, options: PromptsOptions) -> None:
        """Fill the fields."""
        told = self.own.controls.values(options)
        self.fields = [old if new is None else new for old, new in zip(self.fields, told, strict=True)]

    async def see(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        states = []
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state
                states.append(state)
        return states

    async def run(self, prompt: str, *, is_chat: bool = True) -> list[Update]:
        given = [*self.settings, self.seed, *self.fields]
        return await self.see(self.events.run(self.request, prompt, CHAT if is_chat else TEXT, *given))

    async def restore(self, link: str, action: str = "restore") -> list[Update]:
        event = gr.EventData(None, {"action": action, "link": link})
        return await self.see(self.events.restore(self.request, event))

    def read(self, part: gr.HTML) -> Element:
        return read_html(str(self.shown[part]))

    @property
    def picture(self) -> Element:
        return self.read(self.own.picture)

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.picture.all(dir="auto", class_="pm-text")]

    @property
    def titles(self) -> list[str]:
        return [each.text for call in self.picture.all(class_="pm-call") for each in call.inside if each.tag == "h3"]

    @property
    def said(self) -> str:
        return self.read(self.own.status).text

    @property
    def link(self) -> str:
        return self.read(self.own.share).one(data_act="link").attributes["data-link"]
