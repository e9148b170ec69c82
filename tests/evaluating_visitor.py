"""Somebody at the Evaluate tab of the Models room without a browser: its handlers, called as Gradio would."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from chains.evaluation.background import BackgroundEvaluations
from chains.evaluation.measuring import EvaluationTools
from chains.evaluation.runner import EvaluationRunner
from chains.room_model import RoomModel
from components.model_evaluation_events import ModelEvaluationEvents
from components.model_evaluation_panel import lay_out_model_evaluation
from components.owner import OWNER_COOKIE
from components.services import Services
from components.shown_errors import Update
from errors import ModelUnknown
from tests.answering_model import AnsweringModel, room_of
from tests.byte_scorer import ByteScorer
from tests.html_reader import Element, read_html
from tests.page_server import PageServer

MODELS = ("local/a", "local/b", "openai/judge")


class EvaluatingVisitor:
    """Ana with the last value of every component; ``become_another`` makes her somebody who has nothing.

    ``models`` are those there are, by their names; only local ones rate texts.
    """

    def __init__(self, folder: Path) -> None:
        self.models = {name: AnsweringModel() for name in MODELS}
        self.server = PageServer(folder)
        self.services = self._with_models(self.server.services())
        with gr.Blocks(), gr.Tab("evaluate") as tab:
            self.parts = lay_out_model_evaluation(tab)
        self.events = ModelEvaluationEvents(self.services, self.parts)
        self.shown: Update = {}
        self.become_another()

    def _with_models(self, services: Services) -> Services:
        room = services.models.evaluating
        tools = EvaluationTools(self._model, lambda name: ByteScorer() if name.startswith("local/") else None)
        background = BackgroundEvaluations(EvaluationRunner(room.store, tools))
        evaluating = replace(room, background=background)
        return replace(services, models=replace(services.models, evaluating=evaluating))

    def _model(self, name: str, owner: str) -> RoomModel:
        if name not in self.models:
            raise ModelUnknown(model=name)
        return room_of(self.models[name], name)

    def become_another(self) -> None:
        self.shown = {}
        cookies = {OWNER_COOKIE: self.server.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=cookies, headers={})
        self.owner = self.services.owners.owner_of(self.request)

    async def see(self, updates: AsyncGenerator[Update, None]) -> None:
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state

    async def look(self) -> None:
        await self.see(self.events.look(self.place, self.request))

    async def tick(self) -> None:
        await self.see(self.events.tick(self.place, self.request))

    async def upload(self, path: Path) -> None:
        await self.see(self.events.read(str(path), self.request))

    async def act(self, action: str, **data: Any) -> None:
        """What the page's script reports."""
        event = gr.EventData(None, {**data, "action": action})
        await self.see(self.events.act(self.place, self.request, event))

    async def start(self, **data: Any) -> str:
        """The form as it is sent; returns the id of what is open then."""
        form = {"kind": "library", "set": "arithmetic-en", "models": ["local/a"], "templates": ["plain"]} | data
        lists = {name: json.dumps(form[name]) for name in ("models", "templates")}
        await self.act("start", **(form | lists))
        return self.place.split(" ")[0]

    async def ended(self, evaluation_id: str) -> None:
        """Wait until it goes on no more, and look at it."""
        runner = self.services.models.evaluating.runner
        async with aclosing(runner.watch(self.owner, evaluation_id)) as states:
            async for _ in states:
                pass
        await self.tick()

    def read(self, part: gr.HTML) -> Element:
        """What a component shows."""
        return read_html(str(self.shown.get(part, "")))

    @property
    def place(self) -> str:
        return str(self.shown.get(self.parts.place, ""))

    @property
    def said(self) -> str:
        return self.read(self.parts.status).text

    @property
    def is_watching(self) -> bool:
        timer = self.shown[self.parts.timer]
        return bool(timer["active"] if isinstance(timer, dict) else timer.active)

    def table(self, part: gr.HTML) -> list[list[str]]:
        """The texts of its cells, row by row, without the head."""
        rows = [one for one in _under(self.read(part)) if one.tag == "tr"]
        return [[cell.text for cell in row.inside] for row in rows[1:]]


def _under(element: Element) -> list[Element]:
    return [one for child in element.inside for one in (child, *_under(child))]
