"""Somebody at the Playground's N-grams tab without a browser, with documents of their own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import gradio as gr

from components.ngrams_events import NgramsEvents
from components.owner import OWNER_COOKIE
from components.playground_tab import lay_out_playground
from components.shown_errors import Update
from storage.document_records import Collection, Document
from storage.migrating import migrate
from storage.opening import open_database
from storage.passages import PassageStore
from tests.document_shelf import Shelf
from tests.html_reader import Element, read_html
from tests.playground_texts import SESSION, playground_services
from tests.scripted_rows import ScriptedRows
from tests.scripted_samples import ScriptedSamples


@dataclass(frozen=True)
class ShelvedLibrary:
    """As much of a library as the tab looks at; the stores ask whose it is."""

    shelf: Shelf

    def collections(self, owner: str) -> tuple[Collection, ...]:
        return self.shelf.collections.listed(owner)

    def documents(self, owner: str, collection_id: str) -> tuple[Document, ...]:
        return self.shelf.documents.listed(owner, collection_id)


@dataclass(frozen=True)
class ShelvedReading:
    passages: PassageStore


@dataclass(frozen=True)
class ShelvedDocuments:
    library: ShelvedLibrary
    reading: ShelvedReading


class NgramsVisitor:
    """``given`` is what the controls hold; ``shown`` the last value of every component."""

    def __init__(self, folder: Path) -> None:
        self.reader, self.sampler = ScriptedRows(), ScriptedSamples()
        services = playground_services(self.reader, self.sampler)
        self.database = open_database(f"sqlite:///{folder / 'page.sqlite'}", folder, migrate)
        value = services.owners.new_value()
        owner = services.owners.owner_of(_request(value))
        self.shelf = Shelf(self.database, owner)
        documents = ShelvedDocuments(ShelvedLibrary(self.shelf), ShelvedReading(self.shelf.passages))
        self.services = replace(services, documents=cast("Any", documents))
        with gr.Blocks():
            self.parts = lay_out_playground()
        self.events = NgramsEvents(self.services, self.parts)
        self.request = _request(value)
        self.prompt = " the cat"
        self.given: dict[str, Any] = {
            "source": "own",
            "own": "the cat sat. the cat ran. the dog sat.",
            "document_id": None,
            "n": 2,
            "k": 0.0,
            "num_words": 6,
            "seed": "7",
        }
        self.shown: Update = {}

    async def see(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        states = []
        async with aclosing(updates):
            async for state in updates:
                self.shown |= state
                states.append(state)
        return states

    async def run(self, **given: Any) -> list[Update]:
        self.given |= given
        return await self.see(self.events.run(self.request, self.prompt, *self.given.values()))

    async def recount(self, **given: Any) -> list[Update]:
        self.given |= given
        return await self.see(self.events.recount(self.request, self.prompt, *self.given.values()))

    async def choose(self, source: str) -> list[Update]:
        return await self.see(self.events.choose(self.request, source, None))

    async def restore(self, link: str, action: str = "restore") -> list[Update]:
        event = gr.EventData(None, {"action": action, "link": link})
        return await self.see(self.events.restore(self.request, event))

    def become_another(self) -> None:
        """From here on it is somebody else's browser."""
        self.request = _request(self.services.owners.new_value())

    def taken(self, kind: str) -> str:
        """The file of what is shown."""
        owner = self.services.owners.owner_of(self.request)
        return self.services.playground.exports.take(owner, SESSION, "ngrams", kind).decode()

    def add_document(self, name: str = "rivers.pdf") -> Document:
        """One whose text can be read."""
        return self.shelf.index(name)

    @property
    def picture(self) -> Element:
        return read_html(str(self.shown[self.parts.ngrams.picture]))

    @property
    def status(self) -> str:
        return read_html(str(self.shown[self.parts.ngrams.status])).text

    @property
    def link(self) -> str:
        share = read_html(str(self.shown[self.parts.ngrams.share]))
        return share.one(data_act="link").attributes["data-link"]

    def rows(self, kind: str) -> list[tuple[str, ...]]:
        """The table of the next words of ``ngrams`` or of the ``model``."""
        (table,) = self.picture.all(class_=f"ng-words ng-{kind}")
        body = next(part for part in table.inside if part.tag == "tbody")
        return [tuple(cell.text for cell in row.inside) for row in body.inside]

    @property
    def texts(self) -> list[str]:
        """What was written."""
        return [text.text for text in self.picture.all(class_="gb-prompt tx-text")]


def _request(value: str) -> gr.Request:
    cookies = {OWNER_COOKIE: value, "tertulia_language": "en"}
    return gr.Request(cookies=cookies, headers={}, session_hash=SESSION)
