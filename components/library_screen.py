"""What the library column shows of a collection, as updates of its components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import gradio as gr

from components.catalogue import Catalogue
from components.collection_head import collection_head, outdated_offer
from components.document_rows import BUSY, document_rows
from components.library_panel import LibraryParts
from components.local_text import LocalText
from components.services import DocumentsRoom
from components.shown_errors import Update
from components.shown_line import shown_line
from errors import CollectionNotFound
from rag.library import MEGABYTE
from rag.reading.pages import MAX_PAGES
from rag.settings import is_current, settings_of
from storage.document_records import Collection


@dataclass(frozen=True)
class LibraryVisit:
    """Who is looking, and in which language."""

    owner: str
    language: str


class LibraryScreen:
    """Updates for one visit. Reads the stores, and so blocks briefly."""

    def __init__(self, room: DocumentsRoom, catalogue: Catalogue, parts: LibraryParts, visit: LibraryVisit) -> None:
        self._room = room
        self._catalogue = catalogue
        self._parts = parts
        self._visit = visit

    def collection(self, collection_id: str) -> Collection:
        """The collection, the owner's first for "". Raises CollectionNotFound."""
        if not collection_id:
            return self._room.library.collections(self._visit.owner)[0]
        return self._room.library.collection(self._visit.owner, collection_id)

    def whole(self, collection_id: str) -> Update:
        """Everything; for a collection that is gone, the owner's first."""
        try:
            collection = self.collection(collection_id)
        except CollectionNotFound:
            collection = self.collection("")
        return self.listed(collection) | self._parts.controls.update(settings_of(collection))

    def listed(self, collection: Collection) -> Update:
        """Everything but the settings, where somebody may be choosing others and has not applied them yet."""
        collections = self._room.library.collections(self._visit.owner)
        documents = self._room.library.documents(self._visit.owner, collection.id)
        head = collection_head(collections, collection, len(documents), self._catalogue, self._visit.language)
        return {
            **self.rows(collection),
            self._parts.head: head,
            self._parts.limits: self._limits(),
            self._parts.collection_id: collection.id,
        }

    def after(self, before: Collection, shown: str) -> Update:
        """The collection ``shown`` once something was done in ``before``."""
        return self.listed(self.collection(shown)) if shown == before.id else self.whole(shown)

    def rows(self, collection: Collection) -> Update:
        """The documents as they are now; the page looks again while any is being indexed."""
        documents = self._room.library.documents(self._visit.owner, collection.id)
        rows = document_rows(documents, self._room.indexer.progress, self._catalogue, self._visit.language)
        is_busy = any(document.status in BUSY for document in documents)
        is_outdated = bool(documents) and not is_busy and not is_current(collection)
        offer = outdated_offer(self._catalogue, self._visit.language) if is_outdated else ""
        return {self._parts.documents: rows, self._parts.timer: gr.Timer(active=is_busy), self._parts.offer: offer}

    def say(self, key: str, **values: object) -> Update:
        """One sentence about what was done."""
        sentence = shown_line(self._catalogue.text(self._visit.language, key, **values))
        return {self._parts.status: f'<p role="status">{sentence}</p>'}

    def refused(self, sentences: Sequence[str]) -> Update:
        """What was not done, and why, one sentence each; nothing when there are none."""
        listed = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        return {self._parts.status: f'<ul class="refused" role="alert">{listed}</ul>' if listed else ""}

    def _limits(self) -> str:
        text = LocalText(self._catalogue, self._visit.language)
        size = self._room.limits.file_megabytes
        shown = text.html("app_library_limits", megabytes=size, pages=MAX_PAGES)
        too_large = text.html("app_library_too_large", name="{name}", limit=size)
        return (
            f'<p class="library-limits" data-max-bytes="{size * MEGABYTE}" data-too-large="{too_large}" '
            f'data-drop="{text.html("app_library_drop")}">{shown}</p>'
        )
