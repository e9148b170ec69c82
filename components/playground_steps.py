"""The events of Step by step: one token further, or back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr
from gradio.events import Dependency

from components.page_action import PageAction
from components.playground_place import Place, place_from
from components.playground_sampling import within
from components.playground_screen import PlaygroundScreen, PlaygroundVisit, settings_from, settings_inputs
from components.playground_tab import CHAT, PlaygroundParts
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.visitors import is_a_turn
from models.sampling import SEED_LIMIT
from playground.next_token import ChainSettings
from playground.positions import MAX_CHARACTERS, Position, PromptText
from safety.surrogates import without_surrogates

FRAMES = (10, 25, 50, 100, 150, 200)  # draws; what a histogram comes to is seen only while it grows
SECONDS_A_FRAME = 0.12


class PlaygroundSteps:
    """Handlers over ``parts``; each asks the cookie who is there. Before anything was read, the prompt is."""

    has_toasts = True

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        self.services = services
        self._parts = parts

    def wire(self) -> Dependency:
        """Connect everything. Returns the one that draws many times: whatever shows something else ends it."""
        parts = self._parts
        given = [parts.place, parts.prompt, parts.mode, *settings_inputs(parts)]
        kept = {"js": within(3, parts.sampling, 2), "trigger_mode": "once", **QUIET}
        many = parts.steps.draw_many.click(self.draw_many, given, parts.seen, **kept)
        rest: dict[str, Any] = {**kept, "cancels": [many]}
        parts.steps.draw.click(self.draw, given, parts.seen, **rest)
        parts.steps.greedy.click(self.greedy, given, parts.seen, **rest)
        parts.steps.back.click(self.back, given, parts.seen, **rest)
        parts.steps.begin.click(self.begin, given, parts.seen, **rest)
        parts.bridge.submit(self.take, given, parts.seen, **rest)
        return many

    @shows_errors
    async def take(self, request: gr.Request, event: gr.EventData, *given: Any) -> AsyncGenerator[Update, None]:
        """The candidate that was pressed."""
        visit, action = PlaygroundVisit.of(self.services, request), PageAction(event)
        token_id = action.number("id")
        if action.name != "step" or token_id is None:
            return
        position, settings = await self._given(visit, given)
        position = await visit.playground.step(visit.owner, position, token_id)
        yield await self._at(visit, position, settings)

    @shows_errors
    async def draw(self, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """One token by the settings."""
        visit = PlaygroundVisit.of(self.services, request)
        position, settings = await self._given(visit, given)
        token_id = await visit.playground.draw(visit.owner, position, _seeded(settings))
        yield await self._at(visit, await visit.playground.step(visit.owner, position, token_id), settings)

    @shows_errors
    async def greedy(self, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """The model's likeliest token."""
        visit = PlaygroundVisit.of(self.services, request)
        position, settings = await self._given(visit, given)
        token_id = await visit.playground.greedy(visit.owner, position)
        yield await self._at(visit, await visit.playground.step(visit.owner, position, token_id), settings)

    @shows_errors
    @is_a_turn
    async def draw_many(self, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """Draw again and again from the same place, and show how the counts come near the bars."""
        visit = PlaygroundVisit.of(self.services, request)
        position, settings = await self._given(visit, given)
        screen, seeded = PlaygroundScreen(self.services, self._parts, visit), _seeded(settings)
        for num in FRAMES:
            histogram = await visit.playground.draws(visit.owner, position, seeded, num)
            update = await screen.at(Place(position), settings, histogram)
            steps = (self._parts.steps.picture, self._parts.place, self._parts.status)
            yield update if num == FRAMES[0] else {part: update[part] for part in steps}
            await asyncio.sleep(SECONDS_A_FRAME)

    @shows_errors
    async def back(self, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """Take the last token away."""
        visit = PlaygroundVisit.of(self.services, request)
        position, settings = await self._given(visit, given)
        yield await self._at(visit, position.back(), settings)

    @shows_errors
    async def begin(self, request: gr.Request, *given: Any) -> AsyncGenerator[Update, None]:
        """Take all of them away."""
        visit = PlaygroundVisit.of(self.services, request)
        position, settings = await self._given(visit, given)
        yield await self._at(visit, replace(position, path=()), settings)

    def refused(self, sentence: str) -> Update:
        """What was seen before stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>'}

    async def _given(self, visit: PlaygroundVisit, given: tuple[Any, ...]) -> tuple[Position, ChainSettings]:
        place, prompt, mode, *values = given
        settings, here = settings_from(self._parts, values), place_from(place)
        if here is not None:
            return here.position, settings
        text = without_surrogates(prompt or "")[:MAX_CHARACTERS]
        return await visit.playground.look(visit.owner, PromptText(text, mode == CHAT)), settings

    async def _at(self, visit: PlaygroundVisit, position: Position, settings: ChainSettings) -> Update:
        return await PlaygroundScreen(self.services, self._parts, visit).at(Place(position), settings)


def _seeded(settings: ChainSettings) -> ChainSettings:
    """With a seed of its own where none was chosen."""
    if settings.sampling.seed is not None:
        return settings
    return replace(settings, sampling=settings.sampling.model_copy(update={"seed": secrets.randbelow(SEED_LIMIT)}))
