"""The events of the Playground's models of services: nothing is sent but by its button."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import gradio as gr
from pydantic import ValidationError

from components.cloud_picture import cloud_view
from components.page_action import PageAction
from components.panel_events import PanelEvents, RunParts, note
from components.playground_screen import PlaygroundVisit
from components.playground_tab import PlaygroundParts
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.visitors import is_a_turn
from errors import OptionInvalid, PermalinkInvalid
from playground.cloud import MAX_TOKENS, CloudAnswer, cloud_table
from playground.panel_options import CloudOptions
from playground.permalinks import Experiment, from_fragment
from playground.positions import MAX_CHARACTERS
from safety.surrogates import without_surrogates


class CloudEvents(PanelEvents):
    """What is asked of them is seen in the Next token tab."""

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        super().__init__(services, parts)
        self._cloud = cloud = parts.cloud
        self._running = RunParts(cloud.controls.send, cloud.controls.stop, cloud.status)

    def wire(self) -> None:
        """Connect everything."""
        parts, cloud, controls = self._parts, self._cloud, self._cloud.controls
        choice = controls.choice
        within = f"(...given) => tertulia.within(given, [null, null, [1, {MAX_TOKENS}]])"
        given = [choice.name, parts.prompt, controls.max_tokens]
        shown = [*cloud.seen, parts.status]
        sent = controls.send.click(self.send, given, shown, js=within, trigger_mode="once", **QUIET)
        choice.name.change(self.leave, choice.name, cloud.seen, cancels=[sent], **QUIET)
        stopped = [cloud.status, controls.send, controls.stop]
        controls.stop.click(self.stop, None, stopped, cancels=[sent], **QUIET)
        restored = [parts.prompt, choice.name, controls.max_tokens, parts.status, *stopped]
        parts.bridge.input(self.restore, None, restored, cancels=[sent], **QUIET)

    @shows_errors
    async def leave(self, request: gr.Request, name: str) -> AsyncGenerator[Update, None]:
        """Another model was chosen: what the last one told is gone."""
        empty = f'<p class="pg-note">{self._visit(request).text.html("app_cloud_empty")}</p>'
        yield {self._cloud.picture: empty, self._cloud.share: "", **self._running.at_rest()}

    @shows_errors
    @is_a_turn
    async def send(
        self, request: gr.Request, name: str, prompt: str | None, max_tokens: Any
    ) -> AsyncGenerator[Update, None]:
        """Send the prompt to the service, and show what it tells."""
        visit = self._visit(request)
        text = without_surrogates(prompt or "")[:MAX_CHARACTERS]
        options = _options(max_tokens)
        self.services.visitors.check_lent(visit.owner, name)
        yield self._running.working(visit.text.html("app_cloud_asking", model=name)) | {self._parts.status: ""}
        answer = await self._room.cloud.ask(name, text, options.max_tokens)
        yield await self._shown(visit, answer, options)

    @shows_errors
    async def restore(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """Somebody came in by an address: one of a service's answer fills the controls, and sends nothing."""
        visit, action = self._visit(request), PageAction(event)
        controls = self._cloud.controls
        experiment = _experiment_in(action)
        if experiment is None:
            return
        if experiment.panel != "cloud":
            yield {controls.choice.name: self._room.local.chosen(visit.owner, visit.session)}
        elif experiment.model in self._room.cloud.names:
            yield {
                self._parts.prompt: experiment.text,
                controls.choice.name: experiment.model,
                controls.max_tokens: _options_of(experiment).max_tokens,
                self._parts.status: note(visit.text.html("app_cloud_restored", model=experiment.model)),
            }

    @shows_errors
    async def stop(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The request was ended; what was shown before stays."""
        yield self._running.at_rest(self._visit(request).text.html("app_cloud_stopped"))

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return self._running.refused(sentence)

    async def _shown(self, visit: PlaygroundVisit, answer: CloudAnswer, options: CloudOptions) -> Update:
        experiment = Experiment(
            panel="cloud", model=answer.model, fingerprint="", text=answer.text, is_chat=True, options=options
        )
        picture = await asyncio.to_thread(cloud_view, answer, visit.text)
        share = await self._share(visit, experiment, cloud_table(answer))
        return {self._cloud.picture: picture, self._cloud.share: share, **self._running.at_rest()}


def _experiment_in(action: PageAction) -> Experiment | None:
    """That an address is none is told where the controls are."""
    if action.name != "restore":
        return None
    try:
        return from_fragment(action.text("link"))
    except PermalinkInvalid:
        return None


def _options(max_tokens: Any) -> CloudOptions:
    try:
        return CloudOptions(max_tokens=max_tokens)
    except ValidationError as error:
        raise OptionInvalid(name="max_tokens", value=str(max_tokens)[:40]) from error


def _options_of(experiment: Experiment) -> CloudOptions:
    return experiment.options if isinstance(experiment.options, CloudOptions) else CloudOptions()
