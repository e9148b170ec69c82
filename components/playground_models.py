"""The events of the Playground's choice of a model: another one of this machine is loaded before it is worked with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from html import escape
from typing import Any

import gradio as gr

from components.comparison_view import loading_view
from components.model_labels import labelled
from components.page_action import PageAction
from components.panel_events import PanelEvents, note, refusal
from components.playground_place import Place, place_from
from components.playground_sampling import within
from components.playground_screen import PlaygroundScreen, PlaygroundVisit, settings_from, settings_inputs
from components.playground_tab import CHAT, PlaygroundParts
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, sentence_of, shows_errors
from components.steadily import steadily
from errors import TertuliaError
from models.local_models import Loading
from playground.positions import MAX_CHARACTERS, Position, PromptText
from safety.surrogates import without_surrogates

SEES_ONLY = "next"  # the small tab in which a service's model is seen
SECONDS_TO_SIGN = 1.0  # a browser that has gone is noticed when something is sent to it


class PlaygroundModels(PanelEvents):
    """All small tabs of one tab of the browser work with the model that it chose last."""

    def __init__(self, services: Services, parts: PlaygroundParts) -> None:
        super().__init__(services, parts)
        self._choice = parts.cloud.controls.choice
        self._others = [tab for tab in parts.tabs.children if isinstance(tab, gr.Tab) and tab.id != SEES_ONLY]

    def wire(self, room_tab: gr.Tab) -> None:
        """Connect everything."""
        parts, choice = self._parts, self._choice
        room_tab.select(self.look, choice.name, [choice.name, choice.status], **QUIET)
        seen: dict[str, Any] = {"js": within(4, parts.sampling, 2), **QUIET}
        given = [choice.name, parts.place, parts.prompt, parts.mode, *settings_inputs(parts)]
        loading = [choice.name, choice.status, choice.cancel]
        shown = [*loading, choice.why, choice.switched, parts.tabs, *self._others, *self._pictures, *parts.looking]
        chosen = choice.name.change(self.choose, given, shown, trigger_mode="always_last", **seen)
        reopening = parts.bridge.click(self.reopen, None, [*shown, choice.reopened], **QUIET)
        choice.cancel.click(self.cancel, None, loading, cancels=[chosen, reopening], **QUIET)
        again = "(asked) => asked ? tertulia.reopenPlayground() : []"
        choice.reopened.change(None, [choice.reopened], None, js=again, api_visibility="private")

    @shows_errors
    async def look(self, request: gr.Request, name: str | None) -> AsyncGenerator[Update, None]:
        """Models come and go: offer those that are there now."""
        visit = self._visit(request)
        lends = self.services.visitors.lends(visit.owner)
        names = await asyncio.to_thread(lambda: self._room.models if lends else self._room.local.names())
        shown = len(names) > 1 or name not in names
        yield {self._choice.name: gr.Dropdown(choices=labelled(names), visible=shown)}

    @shows_errors
    async def choose(
        self, request: gr.Request, name: str | None, place: str, prompt: str | None, mode: str | None, *given: Any
    ) -> AsyncGenerator[Update, None]:
        """Another model. Of one of a service, what it tells decides what can be seen; a local one is loaded."""
        visit, name = self._visit(request), name or ""
        if name in self._room.cloud.names:
            yield self._of_service(visit, name)
            return
        yield self._of_this_machine()
        if name == self._room.local.chosen(visit.owner, visit.session):
            return
        is_there = False
        async with aclosing(self._switched(visit, name)) as updates:
            async for update in updates:
                is_there = self._choice.switched in update
                yield update
        if is_there and place_from(place) is not None:
            text = without_surrogates(prompt or "")[:MAX_CHARACTERS]
            here = Place(Position(PromptText(text, mode == CHAT)))
            screen = PlaygroundScreen(self.services, self._parts, self._visit(request))  # of the new model
            yield await screen.at(here, settings_from(self._parts, given))

    @shows_errors
    async def reopen(self, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """What an address told, by the model it was made with."""
        action, visit = PageAction(event), self._visit(request)
        if action.name != "reopen":
            return
        name = action.text("model")
        async with aclosing(self._switched(visit, name)) as updates:
            async for update in updates:
                is_there = self._choice.switched in update
                asked = {self._choice.name: name, self._choice.reopened: datetime.now(UTC).isoformat()}
                yield update | (asked if is_there else {})

    @shows_errors
    async def cancel(self, request: gr.Request) -> AsyncGenerator[Update, None]:
        """The old model stays; the other one may go on loading."""
        visit = self._visit(request)
        yield self._kept(visit, note(visit.text.html("app_md_pg_cancelled")))

    def refused(self, sentence: str) -> Update:
        """What was seen before stays."""
        return {self._choice.status: refusal(sentence)}

    # --- switching ---------------------------------------------------------------------------------------------------

    async def _switched(self, visit: PlaygroundVisit, name: str) -> AsyncGenerator[Update, None]:
        """The last update has ``switched``, unless the old model stays."""
        local, choice = self._room.local, self._choice
        yield self._loading(visit, name, Loading())
        try:
            async with aclosing(steadily(local.load(name), SECONDS_TO_SIGN)) as states:
                async for state in states:
                    if state is not None:
                        yield self._loading(visit, name, state)
            local.choose(visit.owner, visit.session, name)
        except TertuliaError as error:
            sentence = sentence_of(error, self.services.catalogue, visit.text.language)
            yield self._kept(visit, refusal(sentence))
            return
        said = note(visit.text.html("app_md_pg_switched", model=name))
        yield {
            choice.status: said,
            choice.cancel: gr.Button(visible=False),
            choice.switched: name,
            **self._emptied(visit),
        }

    def _loading(self, visit: PlaygroundVisit, name: str, state: Loading) -> Update:
        told = f"<b>{escape(name)}</b> {loading_view(state, visit.text)}"
        return {
            self._choice.status: f'<p class="pg-note pg-loading" role="status">{told}</p>',
            self._choice.cancel: gr.Button(visible=True),
        }

    def _kept(self, visit: PlaygroundVisit, said: str) -> Update:
        """The model that was there before stays."""
        return {
            self._choice.name: self._room.local.chosen(visit.owner, visit.session),
            self._choice.status: said,
            self._choice.cancel: gr.Button(visible=False),
        }

    # --- what is shown -----------------------------------------------------------------------------------------------

    @property
    def _pictures(self) -> list[Any]:
        """What small tabs show of a model, and what they remember of it."""
        parts = self._parts
        tabs = (parts.samples, parts.sweep, parts.tokens, parts.ngrams, parts.prompts, parts.context, parts.score)
        return [parts.samples.place, *(part for tab in tabs for part in (tab.picture, tab.share))]

    def _emptied(self, visit: PlaygroundVisit) -> Update:
        """Tokens of one model are none of another's, so that nothing of the old one can be gone on from."""
        parts = self._parts
        empty = note(visit.text.html("app_md_pg_emptied"))
        tabs = (parts.samples, parts.sweep, parts.tokens, parts.ngrams, parts.prompts, parts.context, parts.score)
        pictures = [parts.next_token, parts.steps.picture, *(tab.picture for tab in tabs)]
        shares = [parts.next_share, parts.steps.share, *(tab.share for tab in tabs)]
        return {**dict.fromkeys(pictures, empty), **dict.fromkeys([*shares, parts.place, parts.samples.place], "")}

    def _of_service(self, visit: PlaygroundVisit, name: str) -> Update:
        why = note(visit.text.html("app_cloud_why", model=name))
        resting = {tab: gr.Tab(interactive=False) for tab in self._others}
        return {
            self._choice.why: why,
            self._choice.status: "",
            self._parts.tabs: gr.Tabs(selected=SEES_ONLY),
            **resting,
        }

    def _of_this_machine(self) -> Update:
        return {self._choice.why: "", **{tab: gr.Tab(interactive=True) for tab in self._others}}
