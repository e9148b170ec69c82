"""Somebody at the library without a browser: its handlers, called as Gradio would."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from components.library_events import LibraryEvents
from components.library_panel import LibraryParts, lay_out_library
from components.owner import OWNER_COOKIE
from components.services import Services
from components.shown_errors import Update
from tests.html_reader import Element, read_html
from tests.page_server import PageServer

WAIT_S = 60.0


class LibraryVisitor:
    """One browser: the last value of every component. ``another`` is somebody else at the same page."""

    def __init__(
        self, services: Services, parts: LibraryParts, new_cookie: Callable[[], str], may_embed: threading.Event
    ) -> None:
        self.services = services
        self.parts = parts
        self.events = LibraryEvents(services, parts)
        self.shown: Update = {}
        self._new_cookie = new_cookie
        self._may_embed = may_embed
        self.request = gr.Request(cookies={OWNER_COOKIE: new_cookie(), "tertulia_language": "en"}, headers={})

    @classmethod
    def at(cls, folder: Path) -> LibraryVisitor:
        may_embed = threading.Event()
        may_embed.set()

        def wait(texts: Sequence[str]) -> None:
            assert may_embed.wait(WAIT_S)

        server = PageServer(folder, before_batch=wait)
        services = server.services()
        with gr.Blocks():
            parts = lay_out_library(services.documents.embedders)
        return cls(services, parts, server.owners.new_value, may_embed)

    def another(self) -> LibraryVisitor:
        return LibraryVisitor(self.services, self.parts, self._new_cookie, self._may_embed)

    async def look(self, collection_id: str | None = None) -> None:
        given = self.collection_id if collection_id is None else collection_id
        await self._see(self.events.look(given, self.request))

    async def refresh(self) -> None:
        await self._see(self.events.refresh(self.collection_id, self.request))

    async def act(self, action: str, collection_id: str | None = None, **data: str) -> None:
        """What the page's script reports."""
        given = self.collection_id if collection_id is None else collection_id
        event = gr.EventData(None, {**data, "action": action})
        await self._see(self.events.act(given, self.request, event))

    async def upload(self, *paths: Path) -> None:
        await self._see(self.events.add_files([str(path) for path in paths], self.collection_id, self.request))

    async def apply(self, embedder: Any, chunk_size: Any, overlap: Any) -> None:
        await self._see(self.events.apply(self.collection_id, embedder, chunk_size, overlap, self.request))

    async def _see(self, updates: AsyncGenerator[Update, None]) -> None:
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state

    @contextmanager
    def unfinished(self) -> Iterator[None]:
        """Nothing becomes ready in here, however fast the machine is."""
        self._may_embed.clear()
        try:
            yield
        finally:
            self._may_embed.set()

    def settle(self) -> None:
        """Wait until everything is indexed."""
        assert self.services.documents.indexer.wait_until_idle(WAIT_S)

    @property
    def collection_id(self) -> str:
        return str(self.shown.get(self.parts.collection_id, ""))

    @property
    def rows(self) -> Sequence[Element]:
        """The documents that are shown."""
        return read_html(str(self.shown[self.parts.documents])).all(role="listitem")

    @property
    def names(self) -> list[str]:
        return [row.all(dir="auto")[0].text for row in self.rows]

    @property
    def collections(self) -> list[str]:
        """The names to choose from."""
        head = read_html(str(self.shown[self.parts.head]))
        return [option.text for option in head.one(id="collection-chooser").inside]

    @property
    def faults(self) -> list[str]:
        """What was refused, a sentence each."""
        alerts = read_html(str(self.shown[self.parts.status])).all(role="alert")
        return [line.text for alert in alerts for line in alert.inside]

    @property
    def is_watching(self) -> bool:
        timer = self.shown[self.parts.timer]
        return bool(timer["active"] if isinstance(timer, dict) else timer.active)
