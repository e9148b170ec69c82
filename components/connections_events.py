"""The events of the Services tab of the Models room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from html import escape
from typing import Any

import gradio as gr

from chains.connections import Connections
from components.connections_panel import MAX_KEY, MAX_NAME, ConnectionsParts
from components.connections_view import TITLES, busy_view, cards_view, said_view, server_view, verdict_view
from components.language import language_of
from components.local_text import LocalText
from components.noting import noted
from components.page_action import PageAction
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.shown_line import shown_line
from errors import ModelError, OptionInvalid
from models.remote.connection import Verdict, tried
from models.remote.model_list import MAX_MODELS
from models.remote.providers import SERVICES
from safety.audit_log import Event
from safety.surrogates import without_surrogates


class ConnectionsEvents:
    """Handlers over ``parts``; each asks the cookie who is there. A key goes in and never comes out."""

    has_toasts = False

    def __init__(self, services: Services, parts: ConnectionsParts) -> None:
        self.services = services
        self._parts = parts
        self._room = services.models
        self._connections = Connections(self._room.shelf, self._room.keys)
        self._trying: set[str] = set()  # owners whose test is under way

    def wire(self) -> None:
        """Connect everything."""
        parts = self._parts
        seen: list[Any] = [parts.cards, parts.server, parts.status]
        parts.tab.select(self.look, [parts.listed], seen, **QUIET)
        kept = [*seen, parts.key]
        for pressed in (parts.keep.click, parts.key.submit):
            pressed(self.keep, [parts.service, parts.key, parts.listed], kept, **QUIET)
        for pressed in (parts.test.click, parts.model.submit):
            pressed(self.test, [parts.model], [parts.status], **QUIET)
        parts.add.click(self.add, [parts.model, parts.listed], seen, **QUIET)
        many: dict[str, Any] = {**QUIET, "trigger_mode": "multiple"}  # while a test takes long, the rest goes on
        parts.bridge.select(self.act, [parts.listed], [*seen, parts.service, parts.listed], **many)

    @shows_errors
    async def look(self, listed: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """What is open to whoever looks."""
        yield {**await self._seen(request, _names(listed)), self._parts.status: ""}

    @shows_errors
    async def keep(
        self, service: str | None, key: str | None, listed: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Keep a key of the visitor's own; its field is emptied, and nobody is told more than its end."""
        owner, text = self.services.owners.owner_of(request), self._text(request)
        if service not in SERVICES:
            raise OptionInvalid
        shown = self._connections.keep_key(owner, service, without_surrogates(key or "")[:MAX_KEY])
        await noted(self.services, Event.KEY_TYPED, request, service=service)
        said = text.html("app_md_sv_kept", shown=shown, service=TITLES[service])
        yield {**await self._seen(request, _names(listed)), self._parts.key: "", self._parts.status: said_view(said)}

    @shows_errors
    async def test(self, model: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Ask a model one short question and say plainly what came of it."""
        owner, text = self.services.owners.owner_of(request), self._text(request)
        name = without_surrogates(model or "").strip()[:MAX_NAME]
        if not name:
            yield {self._parts.status: said_view(text.html("app_md_sv_no_name"))}
            return
        if owner in self._trying:
            yield {self._parts.status: said_view(text.html("app_md_sv_one_test"))}
            return
        self._trying.add(owner)
        try:
            asking = _with_name(text, "app_md_sv_asking", name)
            yield {self._parts.status: busy_view(asking)}
            verdict = await self._verdict(owner, name, is_operator=self._room.operator.is_operator(request))
        finally:
            self._trying.discard(owner)
        is_own_key = name.partition("/")[0] in self._room.keys.shown(owner)
        yield {self._parts.status: verdict_view(verdict, text, is_own_key=is_own_key)}

    @shows_errors
    async def add(self, model: str | None, listed: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Have a model among those that this visitor can choose, by a key of his own."""
        owner, text = self.services.owners.owner_of(request), self._text(request)
        name = without_surrogates(model or "").strip()[:MAX_NAME]
        try:
            self._connections.add(owner, name)
        except ModelError as error:
            yield {self._parts.status: verdict_view(Verdict(name, 0.0, error), text, is_own_key=True)}
            return
        said = said_view(_with_name(text, "app_md_sv_added", name))
        yield {**await self._seen(request, _names(listed)), self._parts.status: said}

    @shows_errors
    async def act(self, listed: str | None, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Update, None]:
        """What the page's own script reports."""
        owner, action = self.services.owners.owner_of(request), PageAction(event)
        name, service, names = action.text("model")[:MAX_NAME], action.text("service"), _names(listed)
        if action.name == "try":
            async for update in self.test(name, request):
                yield update
        elif action.name == "add":
            async for update in self.add(name, listed, request):
                yield update
        elif action.name == "list":
            async for update in self._list(owner, request):
                yield update
        elif action.name == "choose" and service in SERVICES:
            yield {self._parts.service: service}
        elif action.name in ("forget", "drop", "offer", "withdraw"):
            said = self._done(action.name, owner, name, service, request)
            if action.name in ("offer", "withdraw"):
                await noted(self.services, Event.OPERATOR_CHOICE, request, choice=action.name, model=name)
            yield {**await self._seen(request, names), self._parts.status: said_view(said)}

    def refused(self, sentence: str) -> Update:
        """What was shown before stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>'}

    def _done(self, action: str, owner: str, name: str, service: str, request: gr.Request) -> str:
        """What was done, as HTML."""
        text = self._text(request)
        if action == "forget":
            self._room.keys.forget(owner, service if service in SERVICES else "")
            return text.html("app_md_sv_forgotten")
        if action == "drop":
            self._room.keys.drop_model(owner, name)
            return _with_name(text, "app_md_sv_dropped", name)
        self._room.operator.check(request)
        if action == "offer":
            self._room.shelf.offer(name)
            return _with_name(text, "app_md_sv_offered", name)
        self._room.shelf.withdraw(name)
        return _with_name(text, "app_md_sv_withdrawn", name)

    async def _list(self, owner: str, request: gr.Request) -> AsyncGenerator[Update, None]:
        text, parts = self._text(request), self._parts
        yield {parts.status: busy_view(text.html("app_md_sv_listing"))}
        names = await self._connections.listed(owner, is_operator=self._room.operator.is_operator(request))
        said = text.html("app_md_sv_listed" if names else "app_md_sv_lists_none")
        yield {**await self._seen(request, names), parts.listed: "\n".join(names), parts.status: said_view(said)}

    async def _verdict(self, owner: str, name: str, *, is_operator: bool) -> Verdict:
        try:
            model = self._connections.model(owner, name, is_operator=is_operator)
        except ModelError as error:
            return Verdict(name, 0.0, error)
        return await tried(model)

    async def _seen(self, request: gr.Request, names: tuple[str, ...]) -> Update:
        owner, text, shelf = self.services.owners.owner_of(request), self._text(request), self._room.shelf
        cards = await asyncio.to_thread(self._connections.cards, owner)
        address, is_operator = shelf.keys.openai_base_url, self._room.operator.is_operator(request)
        server = server_view(address, names, shelf.offered(), text, is_operator=is_operator)
        return {self._parts.cards: cards_view(cards, text), self._parts.server: server}

    def _text(self, request: gr.Request) -> LocalText:
        return LocalText(self.services.catalogue, language_of(request))


def _names(listed: str | None) -> tuple[str, ...]:
    """What the browser kept of a list; each is checked again when it is used."""
    lines = without_surrogates(listed or "")[: MAX_MODELS * MAX_NAME].splitlines()
    return tuple(line[:MAX_NAME] for line in lines[:MAX_MODELS] if line.strip())


def _with_name(text: LocalText, key: str, name: str) -> str:
    """The sentence ``key`` about the model ``name``, as HTML."""
    return text.html(key, model="\x00").replace("\x00", shown_line(name))
