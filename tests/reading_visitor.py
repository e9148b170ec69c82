"""Somebody in the Documents room without a browser: its handlers, called as Gradio would."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr

from components.documents_events import DocumentsEvents
from components.documents_model import DocumentsModel
from components.documents_options import DocumentsOptions
from components.documents_screen import options_of
from components.documents_tab import DocumentsParts, lay_out_documents
from components.model_choice import ModelChoice
from components.model_choice_events import ModelChoiceEvents
from components.owner import OWNER_COOKIE
from components.services import ReadingRoom, Services
from components.shown_errors import Update
from components.source_events import SourceEvents
from rag.modes import DocumentOptions
from storage.document_records import Document
from storage.records import Message
from tests.html_reader import Element, read_html
from tests.library_room import WAIT_S
from tests.page_server import PageServer
from tests.scripted_model import ScriptedModel


class ReadingVisitor:
    """One browser: the last value of every component, and all updates in ``states``."""

    def __init__(self, server: PageServer, services: Services, parts: DocumentsParts, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self.services = services
        self.parts = parts
        self.events = DocumentsEvents(services, parts)
        kept = DocumentsOptions(services, parts)
        self.sources = SourceEvents(services, parts, kept)
        self.model = ModelChoiceEvents(services, DocumentsModel(services, parts, kept))
        self.states: list[Update] = []
        cookies = {OWNER_COOKIE: server.owners.new_value(), "tertulia_language": "en"}
        self.request = gr.Request(cookies=cookies, headers={})

    @classmethod
    def at(cls, folder: Path, model: ScriptedModel, **fields: Any) -> ReadingVisitor:
        server = PageServer(folder, model, **fields)
        services = server.services()
        with gr.Blocks():
            parts = lay_out_documents(services.documents)
        return cls(server, services, parts, folder)

    def another(self) -> ReadingVisitor:
        """Somebody else at the same page."""
        return ReadingVisitor(self._server, self.services, self.parts, self._folder)

    @property
    def owner(self) -> str:
        return self.services.owners.owner_of(self.request)

    @property
    def cookies(self) -> dict[str, str]:
        return dict(self.request.cookies)

    @property
    def room(self) -> ReadingRoom:
        return self.services.documents.reading

    def keeps(self, text: str | bytes, name: str = "rivers.txt") -> Document:
        """A document in the first collection, indexed."""
        library = self.services.documents.library
        path = self._folder / "upload"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        document = library.add_file(self.owner, library.collections(self.owner)[0].id, path, name)
        assert self.services.documents.indexer.wait_until_idle(WAIT_S)
        return document

    # --- what is done ------------------------------------------------------------------------------------------------

    async def ask(self, text: str, mode: str = "naive", *document_ids: str, at: str | None = None) -> None:
        given = self.id if at is None else at
        await self._see(self.events.send(text, given, "", mode, json.dumps(document_ids), self.request))

    async def write(self, action: str, mode: str = "naive", at: str | None = None, **data: object) -> None:
        given = self.id if at is None else at
        await self._see(self.events.write(given, "", mode, "[]", self.request, _event(action, data)))

    async def look(self, conversation_id: str | None = None, collection_id: str = "") -> None:
        given = self.id if conversation_id is None else conversation_id
        await self._see(self.events.look(given, collection_id, self.request))

    async def move(self, action: str, at: str | None = None, **data: object) -> None:
        given = self.id if at is None else at
        await self._see(self.events.move(given, "", self.request, _event(action, data)))

    async def act(self, action: str, at: str | None = None, **data: object) -> None:
        given = self.id if at is None else at
        await self._see(self.sources.act(given, "", self.request, _event(action, data)))

    async def try_search(self, query: str, at: str | None = None) -> None:
        given = self.id if at is None else at
        await self._see(self.sources.try_search(query, given, "", "[]", self.request))

    async def keep(self, name: str, value: Any, at: str | None = None) -> None:
        given = self.id if at is None else at
        await self._see(self.sources.keep(name, value, given, "", "naive", self.request))

    async def choose_model(self, name: str, at: str | None = None) -> None:
        given = self.id if at is None else at
        await self._see(self.model.choose(self.request, name, given, "", "naive"))
        await self._see(self.model.confirm(self.request, self.id, ""))

    async def show_model(self) -> None:
        await self._see(self.model.show(self.request, self.id, ""))

    async def offer_models(self) -> None:
        await self._see(self.model.offer(self.request))

    async def _see(self, updates: AsyncGenerator[Update, None]) -> None:
        async with aclosing(updates):
            async for state in updates:
                self.states.append(state)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def last(self, part: Any) -> Any:
        return next((state[part] for state in reversed(self.states) if part in state), "")

    def html(self, part: Any) -> Element:
        return read_html(str(self.last(part)))

    @property
    def choice(self) -> ModelChoice:
        return self.parts.sources.model

    @property
    def options(self) -> DocumentOptions:
        return options_of(self.room.conversations.shown(self.owner, self.id))

    @property
    def id(self) -> str:
        return str(self.last(self.parts.reading.conversation_id))

    @property
    def status(self) -> str:
        return self.html(self.parts.reading.status).text

    @property
    def chat(self) -> Sequence[Any]:
        shown: Sequence[Any] = self.last(self.parts.reading.chat)
        return shown

    @property
    def answer(self) -> str:
        """The last answer, as markdown."""
        return "\n".join(part["text"] for part in self.chat[-1]["content"])

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.room.conversations.shown(self.owner, self.id).messages


def _event(action: str, data: dict[str, object]) -> gr.EventData:
    return gr.EventData(None, {**data, "action": action})
