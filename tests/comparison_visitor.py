"""Somebody at the Compare tab without a browser: its handlers, called as Gradio would."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.comparison_events import ComparisonEvents
from components.comparison_panel import lay_out_comparison
from components.owner import OWNER_COOKIE
from components.services import Services
from components.shown_errors import Update
from tests.comparison_page import ComparisonPage
from tests.html_reader import Element, read_html

HEADS, LETTERS = 4, "ABCD"


@dataclass
class Table:
    """What the controls hold."""

    question: str = "Why?"
    is_blind: bool = False
    only_blind: bool = False


class ComparisonVisitor:
    """One browser: the last value of every component. ``another`` is somebody else at the same page."""

    def __init__(self, page: ComparisonPage, services: Services) -> None:
        self.page = page
        self.services = services
        if page.parts is None:
            with gr.Blocks(), gr.Tab() as tab:
                page.parts = lay_out_comparison(tab)
        self.parts = page.parts
        self.events = ComparisonEvents(services, self.parts)
        self.shown: Update = {}
        self.given = [part.value for part in self.parts.contenders.inputs]
        self.table = Table()
        cookies = {OWNER_COOKIE: page.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=cookies, headers={}, session_hash="tab1")
        self.owner = services.owners.owner_of(self.request)

    def another(self) -> ComparisonVisitor:
        return ComparisonVisitor(self.page, self.services)

    async def see(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        states = []
        async with aclosing(updates):
            async for state in updates:
                self.keep(state)
                states.append(state)
        return states

    def keep(self, state: Update) -> None:
        """What the browser does with an update: the controls hold what they are told."""
        self.shown |= state
        for place, part in enumerate(self.parts.contenders.inputs):
            if part in state:
                value = state[part]
                self.given[place] = value.value if isinstance(value, gr.Dropdown) else value

    # --- what a person does ------------------------------------------------------------------------------------------

    async def look(self) -> None:
        seen = str(self.shown.get(self.parts.vote, ""))
        await self.see(self.events.look(self.request, self.table.only_blind, seen, *self.given))

    def choose(self, *names: str, **settings: Any) -> None:
        """These models; ``settings`` are the last one's."""
        width = len(self.parts.contenders.controls[0].inputs)
        self.given = [str(len(names))]
        for place in range(len(self.parts.contenders.controls)):
            self.given += [names[place] if place < len(names) else "", *[""] * (width - 1)]
        controls = self.parts.contenders.controls[len(names) - 1]
        for name, value in settings.items():
            place = 1 + (len(names) - 1) * width + controls.inputs.index(controls.numbers[name])
            self.given[place] = value

    async def add(self) -> None:
        await self.see(self.events.add(self.request, *self.given))

    async def remove(self, place: int) -> None:
        await self.see(self.events.remove(place, self.request, *self.given))

    def comparing(self) -> AsyncGenerator[Update, None]:
        table = self.table
        return self.events.compare(self.request, table.question, table.is_blind, *self.given)

    async def compare(self) -> list[Update]:
        return await self.see(self.comparing())

    async def stop(self) -> None:
        await self.see(self.events.stop(self.request))

    async def act(self, action: str, **data: str) -> list[Update]:
        event = gr.EventData(None, {**data, "action": action})
        return await self.see(self.events.act(self.request, event, self.table.only_blind))

    async def vote(self, choice: str) -> None:
        await self.act("vote", comparison=self.comparison_id, choice=choice)

    async def count_blind(self, *, only: bool) -> None:
        self.table.only_blind = only
        await self.see(self.events.count(self.request, only))

    # --- what is seen ------------------------------------------------------------------------------------------------

    @property
    def comparison_id(self) -> str:
        found = re.search('data-comparison="([^"]+)"', self.html(self.parts.vote))
        return found[1] if found else ""

    def html(self, part: Any) -> str:
        return str(self.shown.get(part, ""))

    def read(self, part: Any) -> Element:
        return read_html(self.html(part))

    @property
    def texts(self) -> list[str]:
        return [self.html(column.text) for column in self.parts.columns if column.text in self.shown]

    @property
    def heads(self) -> list[str]:
        return [self.read(column.head).text for column in self.parts.columns if column.head in self.shown]

    @property
    def figures(self) -> list[str]:
        return [self.read(column.figures).text for column in self.parts.columns if column.figures in self.shown]

    @property
    def said(self) -> str:
        return self.read(self.parts.status).text

    @property
    def everything(self) -> str:
        """All HTML and text that is shown of answers, and of the vote between them."""
        columns = [part for one in self.parts.columns for part in (one.head, one.text, one.figures)]
        return "\n".join(self.html(part) for part in [*columns, self.parts.vote, self.parts.status])

    @property
    def choices(self) -> list[str]:
        return [button.attributes["data-choice"] for button in self.read(self.parts.vote).all(data_act="vote")]

    @property
    def models(self) -> list[Any]:
        width = len(self.parts.contenders.controls[0].inputs)
        return self.given[1::width]
