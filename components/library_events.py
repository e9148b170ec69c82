"""The events of the library: collections, what comes in, what goes out, and how far indexing has come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from components.language import language_of
from components.library_panel import LibraryParts
from components.library_screen import LibraryScreen, LibraryVisit
from components.page_action import PageAction
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, sentence_of, shows_errors
from components.visitors import Count, asker_of
from errors import CollectionNotFound
from models.embedding.shelf import costs_the_operator
from rag.library import addresses_in
from rag.sample_texts import SAMPLES
from rag.settings import settings_of
from safety.audit_log import Event, who_is
from safety.surrogates import without_surrogates
from storage.document_records import Collection

MAX_ADDRESSES = 50
MAX_NAME_CHARACTERS = 80
KEEP = "id => tertulia.keepCollection(id)"


class LibraryEvents:
    """Handlers over ``parts``. Each asks the cookie who is there, and what is another's does not exist."""

    has_toasts = False

    def __init__(self, services: Services, parts: LibraryParts) -> None:
        self.services = services
        self._parts = parts
        self._room = services.documents

    def wire(self, tab: gr.Tab) -> None:
        """Connect everything; the room is filled when ``tab`` is opened."""
        parts, given = self._parts, self._parts.collection_id
        tab.select(self.look, [given], parts.shown, js="() => tertulia.collection()", **QUIET)
        given.change(None, [given], None, js=KEEP, api_visibility="private")
        parts.bridge.select(self.act, [given], parts.shown, trigger_mode="multiple", **QUIET)
        parts.upload.upload(self.add_files, [parts.upload, given], parts.shown, trigger_mode="multiple", **QUIET)
        parts.timer.tick(self.refresh, [given], parts.shown, **QUIET)
        chosen = [given, *parts.controls.inputs]
        parts.controls.apply.click(self.apply, chosen, parts.shown, js=parts.controls.within, **QUIET)

    # --- looking -----------------------------------------------------------------------------------------------------

    @shows_errors
    async def look(self, collection_id: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show the collection as the server has it."""
        screen = self._screen(request)
        yield await asyncio.to_thread(screen.whole, collection_id or "")

    @shows_errors
    async def refresh(self, collection_id: str | None, request: gr.Request) -> AsyncGenerator[Update, None]:
        """Show how far indexing has come; of a collection that was deleted meanwhile, another."""
        screen = self._screen(request)
        try:
            yield await asyncio.to_thread(lambda: screen.rows(screen.collection(collection_id or "")))
        except CollectionNotFound:
            yield await asyncio.to_thread(screen.whole, "")

    # --- what comes in -----------------------------------------------------------------------------------------------

    @shows_errors
    async def add_files(
        self, paths: list[str] | None, collection_id: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Take uploaded files, each or not by itself; Gradio's copies are gone afterwards."""
        screen, owner = self._screen(request), self._owner(request)
        collection = await asyncio.to_thread(screen.collection, collection_id or "")
        self.services.visitors.take(Count.UPLOAD, asker_of(self.services, request), len(paths or []))
        refused: list[str] = []
        for path in map(Path, paths or []):
            fault = await asyncio.to_thread(self._add_file, owner, collection, path)
            refused += self._sentences([fault], request)
            yield await asyncio.to_thread(screen.listed, collection) | screen.refused(refused)

    def _add_file(self, owner: str, collection: Collection, path: Path) -> Exception | None:
        try:
            self._room.library.add_file(owner, collection.id, path, without_surrogates(path.name))
        except Exception as fault:  # noqa: BLE001 - one file's fault must not keep the others out
            return fault
        finally:
            path.unlink(missing_ok=True)
        return None

    async def _add_addresses(
        self, collection: Collection, action: PageAction, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        addresses = addresses_in(action.text("text"))[:MAX_ADDRESSES]
        screen = self._screen(request)
        if not addresses:
            return
        self.services.visitors.take(Count.ADDRESS, asker_of(self.services, request), len(addresses))
        yield screen.say("app_addresses_fetching", count=len(addresses))
        added = await self._room.library.add_addresses(self._owner(request), collection.id, addresses)
        faults = [each for each in added if isinstance(each, Exception)]
        yield await asyncio.to_thread(screen.listed, collection) | screen.refused(self._sentences(faults, request))

    # --- the bridge --------------------------------------------------------------------------------------------------

    @shows_errors
    async def act(
        self, collection_id: str | None, request: gr.Request, event: gr.EventData
    ) -> AsyncGenerator[Update, None]:
        """What the page's own script asks for; what it never asks for does nothing."""
        action, screen = PageAction(event), self._screen(request)
        if action.name == "collection":
            yield await asyncio.to_thread(screen.whole, action.text("id")) | {self._parts.status: ""}
            return
        collection = await asyncio.to_thread(screen.collection, collection_id or "")
        if action.name == "addresses":
            async for state in self._add_addresses(collection, action, request):
                yield state
            return
        done = _DEEDS.get(action.name)
        if done is None:
            return
        shown = await asyncio.to_thread(done, self, self._owner(request), collection, action)
        yield await asyncio.to_thread(screen.after, collection, shown) | {self._parts.status: ""}

    def _create(self, owner: str, collection: Collection, action: PageAction) -> str:
        name = _name(action)
        return self._room.library.create(owner, name).id if name else collection.id

    def _rename(self, owner: str, collection: Collection, action: PageAction) -> str:
        if name := _name(action):
            self._room.library.rename(owner, collection.id, name)
        return collection.id

    def _delete_collection(self, owner: str, collection: Collection, _: PageAction) -> str:
        self._room.library.delete_collection(owner, collection.id)
        self.services.audit.note(Event.DOCUMENT_DELETED, who=who_is(owner), collection=collection.id)
        return ""

    def _sample(self, owner: str, collection: Collection, action: PageAction) -> str:
        if sample := SAMPLES.get(action.text("name")):
            self._room.library.add_file(owner, collection.id, sample.path, sample.name)
        return collection.id

    def _reindex_all(self, owner: str, collection: Collection, _: PageAction) -> str:
        self._room.library.reindex_collection(owner, collection.id)
        return collection.id

    def _reindex(self, owner: str, collection: Collection, action: PageAction) -> str:
        self._room.library.reindex(owner, action.text("document"))
        return collection.id

    def _cancel(self, owner: str, collection: Collection, action: PageAction) -> str:
        self._room.library.cancel(owner, action.text("document"))
        return collection.id

    def _delete(self, owner: str, collection: Collection, action: PageAction) -> str:
        self._room.library.delete(owner, action.text("document"))
        self.services.audit.note(Event.DOCUMENT_DELETED, who=who_is(owner), document=action.text("document"))
        return collection.id

    # --- settings ----------------------------------------------------------------------------------------------------

    @shows_errors
    async def apply(
        self, collection_id: str | None, embedder: Any, size: Any, overlap: Any, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Keep how the collection is cut and embedded, and index it anew."""
        screen, owner = self._screen(request), self._owner(request)
        settings = self._parts.controls.read((embedder, size, overlap))

        def keep() -> Update:
            collection = screen.collection(collection_id or "")
            if settings.embedder != settings_of(collection).embedder and costs_the_operator(settings.embedder):
                self.services.visitors.check_lent(owner, settings.embedder)
            self._room.library.change_settings(owner, collection.id, settings)
            self._room.library.reindex_collection(owner, collection.id)
            return screen.whole(collection.id)

        yield await asyncio.to_thread(keep) | screen.say("app_collection_applied")

    def refused(self, sentence: str) -> Update:
        """Nothing was changed; the sentence says why."""
        return {self._parts.status: f'<ul class="refused" role="alert"><li>{escape(sentence)}</li></ul>'}

    def _sentences(self, faults: Sequence[Exception | None], request: gr.Request) -> list[str]:
        catalogue, language = self.services.catalogue, language_of(request)
        return [sentence_of(fault, catalogue, language) for fault in faults if fault is not None]

    def _owner(self, request: gr.Request) -> str:
        return self.services.owners.owner_of(request)

    def _screen(self, request: gr.Request) -> LibraryScreen:
        visit = LibraryVisit(self._owner(request), language_of(request))
        return LibraryScreen(self._room, self.services.catalogue, self._parts, visit)


def _name(action: PageAction) -> str:
    return " ".join(action.text("name").split())[:MAX_NAME_CHARACTERS]


# Each returns the collection to show.
_DEEDS: dict[str, Callable[[LibraryEvents, str, Collection, PageAction], str]] = {
    "create": LibraryEvents._create,
    "rename": LibraryEvents._rename,
    "delete_collection": LibraryEvents._delete_collection,
    "sample": LibraryEvents._sample,
    "reindex_all": LibraryEvents._reindex_all,
    "reindex": LibraryEvents._reindex,
    "cancel": LibraryEvents._cancel,
    "delete": LibraryEvents._delete,
}
