"""The events of the Playground that show a position: reading a prompt, moving sliders, coming in by an address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from html import escape
from typing import Any

import gradio as gr

from components.cloud_events import CloudEvents
from components.context_events import ContextEvents
from components.ngrams_events import NgramsEvents
from components.page_action import PageAction
from components.playground_models import PlaygroundModels
from components.playground_place import Place, place_from
from components.playground_sampling import within
from components.playground_screen import (
    PlaygroundScreen,
    PlaygroundVisit,
    at_rest,
    settings_from,
    settings_inputs,
)
from components.playground_steps import PlaygroundSteps
from components.playground_tab import CHAT, TEXT, PlaygroundParts
from components.playground_text_events import TextEvents
from components.prompts_events import PromptsEvents
from components.quiet import QUIET
from components.samples_events import SamplesEvents
from components.services import Services
from components.shown_errors import Update, shows_error, shows_errors
from components.sweep_events import SweepEvents
from playground.exports import to_python
from playground.next_token import ChainSettings
from playground.permalinks import Experiment, from_fragment
from playground.positions import MAX_CHARACTERS, Position, PromptText
from safety.surrogates import without_surrogates

SOON = 0.4  # seconds: what is read sooner needs no word about it
COPY = "(text) => tertulia.copy(text)"


class PlaygroundEvents:
    """Handlers over ``parts``; each asks the cookie who is there."""

    has_toasts = True

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        self.services = services
        self._parts = parts

    def wire(self, room_tab: gr.Tab) -> None:
        """Connect everything."""
        parts, settings = self._parts, settings_inputs(self._parts)
        once: dict[str, Any] = {**QUIET, "trigger_mode": "once"}
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        many = PlaygroundSteps(self.services, parts).wire()
        asked = [parts.prompt, parts.mode, *settings]
        of_prompt: dict[str, Any] = {"js": within(2, parts.sampling, 2), "cancels": [many]}
        looks = [gr.on([parts.look.click, parts.prompt.submit], self.look, asked, parts.looking, **of_prompt, **once)]
        looks.append(parts.mode.input(self.look_again, [parts.place, *asked], parts.looking, cancels=[many], **newest))
        seen: dict[str, Any] = {"js": within(1, parts.sampling, 2), "cancels": [many]}
        moved = [parts.place, *settings]
        changes = [*(slider.change for slider in parts.sampling.sliders.values()), parts.sampling.order.input]
        gr.on(changes, self.show, moved, parts.looking, **seen, **newest)  # a refusal gives the button back, too
        parts.bridge.select(self.do, moved, [parts.prompt, *parts.looking], **seen, **newest)
        restored = [parts.prompt, parts.mode, *settings, parts.tabs, parts.tokens.other, parts.score.other]
        looks.append(
            parts.bridge.input(self.come, None, [*parts.looking, *restored, parts.copied], cancels=[many], **QUIET)
        )
        parts.stop.click(self.stop, None, [parts.status, parts.look, parts.stop], cancels=looks, **QUIET)
        parts.copied.change(None, [parts.copied], None, js=COPY, api_visibility="private")
        TextEvents(self.services, parts).wire()
        NgramsEvents(self.services, parts).wire()
        CloudEvents(self.services, parts).wire()
        PlaygroundModels(self.services, parts).wire(room_tab)
        PromptsEvents(self.services, parts).wire()
        SamplesEvents(self.services, parts).wire()
        ContextEvents(self.services, parts).wire()
        SweepEvents(self.services, parts).wire()

    @shows_errors
    async def look(self, request: gr.Request, prompt: str, mode: str, *given: Any) -> AsyncGenerator[Update, None]:
        """Read the prompt, and show what may come next."""
        self.services.owners.owner_of(request)
        async for update in self._look(request, _prompt(prompt, mode), settings_from(self._parts, given)):
            yield update

    @shows_errors
    async def look_again(
        self, request: gr.Request, place: str, prompt: str, mode: str, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """The same prompt as something else. Where nothing was looked at there is nothing to change."""
        self.services.owners.owner_of(request)
        if place_from(place) is None:
            return
        async for update in self._look(request, _prompt(prompt, mode), settings_from(self._parts, given)):
            yield update

    @shows_error
    async def show(self, request: gr.Request, place: str, *given: Any) -> Update:
        """The same position by other settings: no pass of the model."""
        visit, here = PlaygroundVisit.of(self.services, request), place_from(place)
        return {} if here is None else await self._screen(visit).at(here, settings_from(self._parts, given))

    @shows_errors
    async def do(
        self, request: gr.Request, event: gr.EventData, place: str, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """What is pressed in the picture: a candidate, whose formula is shown, or an example."""
        action, visit, here = PageAction(event), PlaygroundVisit.of(self.services, request), place_from(place)
        settings = settings_from(self._parts, given)
        if action.name == "choose" and here is not None:
            yield await self._screen(visit).at(Place(here.position, action.number("id")), settings)
        if action.name == "example":
            text = action.text("text")[:MAX_CHARACTERS]
            yield {self._parts.prompt: text}
            async for update in self._look(request, PromptText(text), settings):
                yield update

    @shows_errors
    async def come(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """An address: to be shown again, or as a program."""
        action, visit = PageAction(event), PlaygroundVisit.of(self.services, request)
        if action.name == "python":
            program = await asyncio.to_thread(to_python, from_fragment(action.text("link")))
            moment = datetime.now(UTC).isoformat()  # so that copying the same again is a change, too
            yield {self._parts.copied: f"{moment}\n{program}", self._parts.status: self._say(visit, "copied")}
        if action.name == "restore":
            experiment = from_fragment(action.text("link"))
            if experiment.panel == "cloud":  # CloudEvents' part, where that model is offered
                self.services.playground.cloud.check(experiment.model)
                return
            async for update in self._restored(request, visit, experiment):
                yield update

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The reading was stopped; what was seen before stays."""
        visit = PlaygroundVisit.of(self.services, request)
        yield {self._parts.status: self._say(visit, "stopped"), **at_rest(self._parts)}

    def refused(self, sentence: str) -> Update:
        """What was seen before stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>', **at_rest(self._parts)}

    async def _look(
        self, request: gr.Request, prompt: PromptText, settings: ChainSettings, path: tuple[int, ...] = ()
    ) -> AsyncGenerator[Update, None]:
        screen = self._screen(PlaygroundVisit.of(self.services, request))
        reading = asyncio.create_task(screen.at(Place(Position(prompt, path)), settings))
        try:
            done, _ = await asyncio.wait({reading}, timeout=SOON)
            if not done:
                yield screen.reading()
            yield await reading | at_rest(self._parts)
        finally:
            reading.cancel()
            await asyncio.wait({reading})
            if not reading.cancelled():
                reading.exception()  # seen, or asyncio complains

    async def _restored(
        self, request: gr.Request, visit: PlaygroundVisit, experiment: Experiment
    ) -> AsyncGenerator[Update, None]:
        model, parts = await visit.playground.model(), self._parts
        here = experiment.on(model)
        seed, is_of_another = here.sampling.seed, experiment.differs_from(model)
        said = self._of_another(visit, experiment, model.facts.name) if is_of_another else ""
        yield {
            parts.prompt: here.text,
            parts.mode: CHAT if here.is_chat else TEXT,
            **parts.sampling.update(here.sampling),
            parts.sampling.order: here.order.value,
            parts.steps.seed: "" if seed is None else str(seed),
            parts.tabs: gr.Tabs(selected=here.panel),
            parts.tokens.other: here.other_text if here.panel == "tokens" else "",
            parts.score.other: here.other_text if here.panel == "score" else "",
            parts.status: said,
        }
        if here.panel not in ("next", "steps"):
            return
        settings = ChainSettings(here.sampling, here.order)
        prompt = PromptText(here.text, here.is_chat)
        async for update in self._look(request, prompt, settings, here.path):
            yield update | ({parts.status: said} if said and parts.place in update else {})

    def _of_another(self, visit: PlaygroundVisit, experiment: Experiment, here: str) -> str:
        """That it was made with another model; how to see it with that one, when it is here."""
        said = self._say(visit, "other_model", made=experiment.model, here=here)
        if experiment.model == here or experiment.model not in self.services.playground.local.names():
            return said
        name = escape(experiment.model)
        label = visit.text.html("app_md_pg_reopen", model=experiment.model)
        return (
            f'<div data-bridge="playground">{said}<button type="button" class="pg-take pg-reopen" data-act="reopen"'
            f' data-kind="click" data-model="{name}">{label}</button></div>'
        )

    def _screen(self, visit: PlaygroundVisit) -> PlaygroundScreen:
        return PlaygroundScreen(self.services, self._parts, visit)

    def _say(self, visit: PlaygroundVisit, name: str, **values: object) -> str:
        return f'<p class="pg-note" role="status">{visit.text.html(f"app_pg_{name}", **values)}</p>'


def _prompt(text: str | None, mode: str | None) -> PromptText:
    return PromptText(without_surrogates(text or "")[:MAX_CHARACTERS], mode == CHAT)
