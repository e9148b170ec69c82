"""The events of the Catalogue tab of the Models room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from components.language import language_of
from components.local_text import LocalText
from components.model_catalogue_adding import Adding
from components.model_catalogue_filters import Wanted, wanted_from
from components.model_catalogue_panel import MAX_NAME, ModelCatalogueParts
from components.model_catalogue_screen import ModelCatalogueScreen
from components.model_catalogue_state import CatalogueVisit
from components.noting import noted
from components.page_action import PageAction
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.steadily import steadily
from models.getting import Getting
from models.known_models import KnownModels
from safety.audit_log import Event

WANTED = "() => [tertulia.wantedModels()]"
WITH_WANTED = "(...given) => [tertulia.wantedModels(), ...given.slice(1)]"
SECONDS_BETWEEN_SIGNS = 2.0  # that somebody who waits for a model is still there
NOTED = {"get": Event.MODEL_ADDED, "bring": Event.MODEL_ADDED, "delete": Event.MODEL_DELETED}


class ModelCatalogueEvents:
    """Handlers over ``parts``; each asks the cookie who is there, and what only the operator may do, the door."""

    has_toasts = False

    def __init__(self, services: Services, parts: ModelCatalogueParts) -> None:
        self.services = services
        self._parts = parts
        self._room = services.models.files
        self._door = services.models.operator
        self._known = KnownModels(self._room.catalogue, self._room.local, self._room.folder)
        self._getting = Getting(self._room.catalogue, self._room.downloads, self._room.folder)
        self._adding = Adding(self._room, self._getting, self._known)

    def wire(self, room_tab: gr.Tab) -> None:
        """Connect everything. It is filled when it comes in sight, by its own tab or by ``room_tab``."""
        parts, given = self._parts, [self._parts.wanted]
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        each: dict[str, Any] = {**QUIET, "trigger_mode": "multiple", "js": WITH_WANTED}
        for tab in (room_tab, parts.tab):
            tab.select(self.look, given, parts.shown, js=WANTED, **newest)
        parts.bridge.input(self.refresh, given, parts.shown, js=WANTED, **newest)
        parts.bridge.select(self.open, given, parts.shown, js=WANTED, **newest)
        parts.bridge.submit(self.use, given, parts.shown, **each)
        parts.bridge.click(self.change, given, parts.shown, **each)
        adding = parts.adding
        hub, found = [adding.repository, adding.file], [adding.found, parts.status]
        for pressed in (adding.find.click, adding.repository.submit, adding.file.submit):
            pressed(self.find, hub, found, trigger_mode="once", **QUIET)
        for pressed in (adding.look.click, adding.path.submit):
            pressed(self.look_for, [adding.path], found, trigger_mode="once", **QUIET)
        entering = [parts.wanted, parts.token]
        for pressed in (parts.enter.click, parts.token.submit):
            pressed(self.enter, entering, [parts.token, *parts.shown], js=WITH_WANTED, **QUIET)

    # --- looking -----------------------------------------------------------------------------------------------------

    @shows_errors
    async def look(self, wanted: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show everything as it is."""
        screen, chosen = self._screen(request), wanted_from(wanted)
        yield await asyncio.to_thread(screen.whole, chosen)

    @shows_errors
    async def refresh(self, wanted: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Something has changed: what is chosen above, or what is going on."""
        screen, chosen = self._screen(request), wanted_from(wanted)
        yield await asyncio.to_thread(screen.listed, chosen)

    @shows_errors
    async def open(self, wanted: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Open the card that is wanted, or close the one that was."""
        screen, chosen = self._screen(request), wanted_from(wanted)
        yield await asyncio.to_thread(screen.card, chosen) | {self._parts.status: ""}

    # --- what anybody may do -----------------------------------------------------------------------------------------

    @shows_errors
    async def use(self, wanted: str | None, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """Load a model that is here, or measure this machine."""
        screen, chosen, action = self._screen(request), wanted_from(wanted), PageAction(event)
        if action.name == "load":
            async with aclosing(self._load(screen, chosen, action.text("name")[:MAX_NAME])) as updates:
                async for update in updates:
                    yield update
            await noted(self.services, Event.MODEL_SWITCHED, request, model=action.text("name"))
        elif action.name == "measure":
            yield screen.working("app_md_measuring")
            await asyncio.to_thread(self._room.machine.measured_bandwidth)
            yield await asyncio.to_thread(screen.listed, chosen) | {self._parts.status: ""}
        elif action.name == "measure_again":
            self._door.check(request)  # it keeps every core busy
            yield screen.working("app_md_measuring")
            await asyncio.to_thread(self._room.machine.measure_again)
            yield await asyncio.to_thread(screen.listed, chosen) | {self._parts.status: ""}

    async def _load(self, screen: ModelCatalogueScreen, wanted: Wanted, name: str) -> AsyncGenerator[Update, None]:
        shown = (await asyncio.to_thread(self._room.local.card, name)).name
        yield screen.working("app_md_loading", name=shown)
        async with aclosing(steadily(self._room.local.load(name), SECONDS_BETWEEN_SIGNS)) as states:
            async for state in states:
                if state is None:
                    yield {}
                elif state.num_awaited:
                    yield screen.working("app_md_loading_waits", name=shown, count=state.num_awaited)
                else:
                    yield screen.working("app_md_loading", state.share, name=shown)
        said = screen.say("app_md_load_done", name=shown)
        yield await asyncio.to_thread(screen.listed, wanted) | said

    # --- what the operator may do ------------------------------------------------------------------------------------

    @shows_errors
    async def change(
        self, wanted: str | None, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """Get a model, stop that, or be rid of one; what is none of these does nothing."""
        self._door.check(request)
        screen, chosen, action = self._screen(request), wanted_from(wanted), PageAction(event)
        if action.name == "bring":
            self._door.check_here(request)
        said = await self._adding.do(screen, action)
        if action.name in NOTED:
            await noted(self.services, NOTED[action.name], request, model=action.text("name"))
        if said is not None:
            yield await asyncio.to_thread(screen.listed, chosen) | said

    @shows_errors
    async def find(self, repository: str, file: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """List the model files of a repository of the hub, or the one that is named."""
        self._door.check(request)
        screen = self._screen(request)
        yield screen.working("app_md_finding")
        found = await asyncio.to_thread(self._adding.of_hub, repository, file, screen.visit.text)
        yield {self._parts.adding.found: found, self._parts.status: ""}

    @shows_errors
    async def look_for(self, path: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """List the model files of a folder of this machine, or the one that is named."""
        self._door.check_here(request)
        screen = self._screen(request)
        yield screen.working("app_md_finding")
        found = await asyncio.to_thread(self._adding.of_machine, path, screen.visit.text)
        yield {self._parts.adding.found: found, self._parts.status: ""}

    @shows_errors
    async def enter(self, wanted: str | None, token: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Whoever knows the token is the operator from now on."""
        self._door.let_in(request, token or "")
        await noted(self.services, Event.OPERATOR_IN, request)
        screen, chosen = self._screen(request), wanted_from(wanted)
        said = screen.say("app_md_entered")
        yield {self._parts.token: ""} | await asyncio.to_thread(screen.listed, chosen) | said

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>'}

    def _screen(self, request: gr.Request) -> ModelCatalogueScreen:
        self.services.owners.owner_of(request)
        text = LocalText(self.services.catalogue, language_of(request))
        visit = CatalogueVisit(text, self._door.is_operator(request), self._door.is_here(request))
        return ModelCatalogueScreen(self._room, self._known, self._getting, self._parts, visit)
