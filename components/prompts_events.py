"""The events of the Playground's Prompts tab: run what is compared, show how it grows, stop it."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

import gradio as gr

from components.panel_events import PanelEvents, RunParts, note, restored
from components.playground_screen import PlaygroundVisit, settings_from
from components.playground_tab import CHAT, TEXT, PlaygroundParts
from components.prompts_examples import EXAMPLES, PromptExample
from components.prompts_picture import prompts_view
from components.prompts_view import MAX_NEW_TOKENS
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.steadily import steadily
from components.visitors import is_a_turn
from models.sampling import SEED_LIMIT
from playground.next_token import ChainSettings
from playground.panel_options import PromptsOptions
from playground.permalinks import Experiment
from playground.positions import MAX_CHARACTERS, PromptText
from playground.prompt_lab import CallState, PromptLab, prompts_table
from safety.surrogates import without_surrogates

SECONDS_TO_SIGN = 5.0  # a browser that has gone is noticed when something is sent to it


class PromptsEvents(PanelEvents):
    """Everything is compared only when it is asked for."""

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        super().__init__(services, parts)
        self._own = parts.prompts

    def wire(self) -> None:
        """Connect everything."""
        parts, own, controls = self._parts, self._own, self._own.controls
        filled = [parts.prompt, parts.mode, *controls.fields, controls.seed]
        shown = [own.picture, own.share, own.status, controls.run, controls.stop]
        asked = partial(self._asks, shown)
        runs = [asked(controls.run.click)]
        for name, button in controls.tries.items():
            js = f"(...given) => tertulia.promptsExample(given, {self._examples([name])})"
            runs.append(asked(button.click(None, filled, filled, js=js, api_visibility="private").then))
        own_fields = [*controls.fields, controls.seed]
        runs.append(parts.bridge.input(self.restore, None, [*shown, *own_fields], **QUIET))
        controls.stop.click(self.stop, None, [own.status, controls.run, controls.stop], cancels=runs, **QUIET)
        js = f"(...given) => tertulia.promptsBegun(given, {self._examples(EXAMPLES)})"
        begins = [parts.tabs.select, controls.compare.input]
        gr.on(begins, None, filled, filled, js=js, api_visibility="private", show_progress="hidden")

    def _asks(self, shown: list[Any], listen: Any) -> Any:
        parts, controls = self._parts, self._own.controls
        settings = [*parts.sampling.inputs, parts.sampling.order, controls.seed]
        limits = [None, None, *parts.sampling.limits, *[None] * (1 + len(controls.fields)), [1, MAX_NEW_TOKENS]]
        js = f"(...given) => tertulia.within(given, {json.dumps(limits)})"
        return listen(
            self.run,
            [parts.prompt, parts.mode, *settings, *controls.fields],
            shown,
            js=js,
            trigger_mode="once",
            **QUIET,
        )

    @shows_errors
    @is_a_turn
    async def run(
        self, request: gr.Request, prompt: str | None, mode: str | None, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """Ask the model everything that is compared."""
        visit, controls = self._visit(request), self._own.controls
        num_fields = len(controls.fields)
        usual = (visit.text.say("app_prompts_usual_question"), visit.text.say("app_prompts_usual_answer"))
        options = controls.read(given[-num_fields:], usual)
        settings = settings_from(self._parts, given[:-num_fields])
        asked = PromptText(without_surrogates(prompt or "")[:MAX_CHARACTERS], mode == CHAT)
        async for update in self._compared(visit, asked, options, settings):
            yield update

    @shows_errors
    async def restore(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """Somebody came in by the address of a comparison."""
        visit, experiment = self._visit(request), restored(event, "prompts")
        if experiment is None or not isinstance(experiment.options, PromptsOptions):
            return
        options, settings = experiment.options, ChainSettings(experiment.sampling, experiment.order)
        yield self._own.controls.update(options, experiment.sampling.seed)
        asked = PromptText(experiment.text, experiment.is_chat)
        async for update in self._compared(visit, asked, options, settings):
            yield update

    async def _compared(
        self, visit: PlaygroundVisit, asked: PromptText, options: PromptsOptions, settings: ChainSettings
    ) -> AsyncGenerator[Update, None]:
        own, text = self._own, visit.text
        if not asked.text.strip():
            yield {own.picture: note(text.html("app_prompts_empty")), own.share: "", own.status: ""}
            return
        if settings.sampling.seed is None:  # one for all, and so that the address draws the same again
            drawn = settings.sampling.model_copy(update={"seed": secrets.randbelow(SEED_LIMIT)})
            settings = ChainSettings(drawn, settings.order)
        states: tuple[CallState, ...] = ()
        yield self._run.working(text.html("app_prompts_working")) | {own.share: ""}
        lab = PromptLab(visit.local.model)
        running = steadily(lab.run(visit.owner, asked, options, settings.sampling), SECONDS_TO_SIGN)
        async with aclosing(running) as news:
            async for newest in news:
                states = newest or states
                if states:
                    yield {own.picture: prompts_view(states, options, text, is_whole=False)}
        experiment = await self._made(visit, asked, options, settings)
        share = await self._share(visit, experiment, prompts_table(states))
        yield {own.picture: prompts_view(states, options, text), own.share: share, **self._run.at_rest()}

    async def _made(
        self, visit: PlaygroundVisit, asked: PromptText, options: PromptsOptions, settings: ChainSettings
    ) -> Experiment:
        told = {"text": asked.text, "is_chat": asked.is_chat, "options": options}
        return await self._experiment(visit, "prompts", sampling=settings.sampling, order=settings.order, **told)

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """What was written by then stays."""
        yield self._run.at_rest(self._visit(request).text.html("app_prompts_stopped"))

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return self._run.refused(sentence)

    @property
    def _run(self) -> RunParts:
        return RunParts(self._own.controls.run, self._own.controls.stop, self._own.status)

    def _examples(self, names: Any) -> str:
        """For the page's script, by comparison and language."""
        told = {name: {lang: self._row(one) for lang, one in EXAMPLES[name].items()} for name in names}
        return json.dumps(told)

    def _row(self, example: PromptExample) -> list[Any]:
        mode = CHAT if example.is_chat else TEXT
        return [example.question, mode, *self._own.controls.values(example.options), example.seed]
