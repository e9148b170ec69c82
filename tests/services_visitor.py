"""Somebody at the Services tab without a browser: its handlers, called as Gradio would."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import gradio as gr

from components.closing import Closing
from components.connections_events import ConnectionsEvents
from components.connections_panel import ConnectionsParts, lay_out_connections
from components.entrance import Entrance
from components.operator import OperatorDoor
from components.owner import OWNER_COOKIE, OwnerCookie
from components.services import Services
from components.shown_errors import Update
from components.visitors import Visitors
from models.remote.keys import ServiceKeys
from models.remote.visitor_keys import VisitorKeys
from safety.audit_log import NoAudit
from tests.html_reader import Element, read_html
from tests.page_reader import catalogue
from tests.services_page import shelf_of

TOKEN = "the operator's token"


class ServicesVisitor:
    """One browser: the last value of every component, and all that was ever sent to it."""

    def __init__(self, services: Services, parts: ConnectionsParts) -> None:
        self.services, self.parts = services, parts
        self.events = ConnectionsEvents(services, parts)
        self.shown: Update = {}
        self.sent: list[str] = []
        cookie = services.owners.new_value()
        self.owner = services.owners.owner_in({OWNER_COOKIE: cookie}) or ""
        self.request = gr.Request(cookies={OWNER_COOKIE: cookie, "tertulia_language": "en"}, headers={})

    def another(self) -> ServicesVisitor:
        return ServicesVisitor(self.services, self.parts)

    async def look(self) -> None:
        await self._see(self.events.look(self._listed, self.request))

    async def keep(self, service: Any, key: Any) -> None:
        await self._see(self.events.keep(service, key, self._listed, self.request))

    async def test(self, model: Any) -> str:
        await self._see(self.events.test(model, self.request))
        return self.status.text

    async def add(self, model: Any) -> None:
        await self._see(self.events.add(model, self._listed, self.request))

    async def act(self, action: str, **data: str) -> None:
        event = gr.EventData(None, {**data, "action": action})
        await self._see(self.events.act(self._listed, self.request, event))

    async def _see(self, updates: AsyncGenerator[Update, None]) -> None:
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state
                self.sent.append(str(list(state.values())))

    @property
    def _listed(self) -> str:
        return str(self.shown.get(self.parts.listed, ""))

    @property
    def status(self) -> Element:
        return read_html(str(self.shown.get(self.parts.status, "")))

    def card(self, service: str) -> Element:
        return read_html(str(self.shown[self.parts.cards])).one(class_="cn-card", data_service=service)

    @property
    def server(self) -> Element:
        return read_html(str(self.shown[self.parts.server]))

    @property
    def choices(self) -> tuple[str, ...]:
        return self.services.models.shelf.names(self.owner)


def visitor_at(keys: ServiceKeys) -> ServicesVisitor:
    """Somebody at a page whose operator has ``keys``; of the page there is no more than the tab needs."""
    owners, visitors = OwnerCookie(b"a secret of the tests, thirty-two bytes long"), VisitorKeys()
    door = OperatorDoor(owners, TOKEN)
    room = SimpleNamespace(shelf=shelf_of(keys, visitors), keys=visitors, operator=door)
    told = {"closing": Closing(), "entrance": Entrance(owners), "audit": NoAudit(), "visitors": Visitors.unlimited()}
    services: Any = SimpleNamespace(models=room, catalogue=catalogue, owners=owners, **told)
    with gr.Blocks(), gr.Tab() as tab:
        parts = lay_out_connections(tab)
    return ServicesVisitor(services, parts)
