"""Somebody at the Playground's Next token and Step by step tabs without a browser: handlers, called as Gradio would."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from components.owner import OWNER_COOKIE
from components.playground_events import PlaygroundEvents
from components.playground_steps import PlaygroundSteps
from components.playground_tab import TEXT, lay_out_playground
from components.services import Services
from components.shown_errors import Update
from tests.html_reader import Element, read_html

SESSION = "tab1"
PROMPT = "the cat sat on"


class PlaygroundVisitor:
    """``shown`` is the last value of every component; ``settings`` are what the controls hold, by their names."""

    def __init__(self, services: Services) -> None:
        self.services = services
        with gr.Blocks():
            self.parts = lay_out_playground()
        self.events = PlaygroundEvents(services, self.parts)
        self.steps = PlaygroundSteps(services, self.parts)
        sliders = {name: slider.value for name, slider in self.parts.sampling.sliders.items()}
        self.settings: dict[str, Any] = {**sliders, "order": "engine", "seed": ""}
        self.prompt, self.mode = PROMPT, TEXT
        self.become_another()

    def become_another(self) -> None:
        """From here on it is somebody who has looked at nothing."""
        self.shown: Update = {}
        cookies = {OWNER_COOKIE: self.services.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=cookies, headers={}, session_hash=SESSION)
        self.owner = self.services.owners.owner_of(self.request)

    async def see(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        states = []
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state
                states.append(state)
        return states

    async def look(self) -> list[Update]:
        return await self.see(self.events.look(self.request, self.prompt, self.mode, *self.settings.values()))

    async def show(self, **settings: Any) -> list[Update]:
        self.settings |= settings
        update = await self.events.show(self.request, self.place, *self.settings.values())
        self.shown |= update
        return [update] if update else []

    async def press(self, action: str, **data: object) -> list[Update]:
        event = gr.EventData(None, {**data, "action": action})
        return await self.see(self.events.do(self.request, event, self.place, *self.settings.values()))

    async def come(self, action: str, **data: object) -> list[Update]:
        return await self.see(self.events.come(self.request, gr.EventData(None, {**data, "action": action})))

    async def take(self, token_id: object) -> list[Update]:
        event = gr.EventData(None, {"action": "step", "id": token_id})
        return await self.see(self.steps.take(self.request, event, *self._given))

    async def do(self, name: str) -> list[Update]:
        """A button of Step by step."""
        return await self.see(getattr(self.steps, name)(self.request, *self._given))

    @property
    def _given(self) -> tuple[Any, ...]:
        return (self.place, self.prompt, self.mode, *self.settings.values())

    @property
    def place(self) -> str:
        return str(self.shown.get(self.parts.place, ""))

    @property
    def path(self) -> list[int]:
        return list(json.loads(self.place)["path"])

    def read(self, part: gr.HTML) -> Element:
        return read_html(str(self.shown[part]))

    @property
    def picture(self) -> Element:
        return self.read(self.parts.next_token)

    @property
    def rows(self) -> list[Element]:
        return self.picture.all(data_act="choose")

    @property
    def link(self) -> str:
        return self.read(self.parts.next_share).one(data_act="link").attributes["data-link"]

    @property
    def said(self) -> str:
        return self.read(self.parts.status).text
