"""The events of the Space tab."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from html import escape
from typing import Any

import gradio as gr

from components.language import language_of
from components.quiet import QUIET
from components.services import Services
from components.shown_errors import Update, shows_errors
from components.space_panel import MAX_TEXT, SpaceParts
from components.space_plot import Seen, space_plot, space_similarity
from errors import NothingToSearch
from models.embedding.embedder import Embedder
from rag import projection
from safety.surrogates import without_surrogates
from storage.document_records import Collection, Passage

BLOCK_SIZE = 1_000
SEEN = "(id, question) => [id, question, String(tertulia.seesSpace())]"


class SpaceEvents:
    """Handlers over ``parts``; each asks the cookie who is there."""

    has_toasts = False

    def __init__(self, services: Services, parts: SpaceParts) -> None:
        self.services = services
        self._parts = parts
        self._room = services.documents

    def wire(self, collection_id: gr.Textbox) -> None:
        """Connect everything. The plot of a collection is made when somebody looks."""
        parts = self._parts
        newest: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
        asked, drawn = [collection_id, parts.question], [parts.plot, parts.status]
        parts.tab.select(self.draw, asked, drawn, **newest)
        parts.question.submit(self.draw, asked, drawn, **newest)
        collection_id.change(self.follow, [*asked, parts.seen], drawn, js=SEEN, **newest)
        texts = [collection_id, parts.first, parts.second]
        for pressed in (parts.compare.click, parts.first.submit, parts.second.submit):
            pressed(self.compare, texts, [parts.similarity, parts.status], **newest)

    @shows_errors
    async def draw(
        self, collection_id: str | None, question: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """The collection as points, and the question among them."""
        owner, language = self.services.owners.owner_of(request), language_of(request)
        asked = without_surrogates(question or "").strip()[:MAX_TEXT]

        def plot() -> str:
            collection = self._collection(owner, collection_id)
            space = self._room.measuring.projection.space(owner, collection.id, asked)
            seen = Seen(space, self._passages(owner, space), self._embedder_of(collection).name)
            return space_plot(seen, self.services.catalogue, language)

        try:
            yield {self._parts.plot: await asyncio.to_thread(plot), self._parts.status: ""}
        except NothingToSearch:
            nothing = self.services.catalogue.text(language, "app_space_empty")
            yield {self._parts.plot: f'<p class="sp-note">{escape(nothing)}</p>', self._parts.status: ""}

    @shows_errors
    async def follow(
        self, collection_id: str | None, question: str | None, seen: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """Another collection is open: nothing of the last one stays."""
        self.services.owners.owner_of(request)
        if seen != "true":
            yield {self._parts.plot: "", self._parts.status: ""}
            return
        async for update in self.draw(collection_id, question, request):
            yield update

    @shows_errors
    async def compare(
        self, collection_id: str | None, first: str | None, second: str | None, request: gr.Request
    ) -> AsyncGenerator[Update, None]:
        """How alike two texts are to the embedder of the collection."""
        owner, language = self.services.owners.owner_of(request), language_of(request)
        one, other = (without_surrogates(text or "").strip() for text in (first, second))
        if not one or not other:
            missing = self.services.catalogue.text(language, "app_space_two_texts")
            yield {self._parts.similarity: f'<p class="sp-note">{escape(missing)}</p>'}
            return

        def measure() -> str:
            embedder = self._embedder_of(self._collection(owner, collection_id))
            cosine = projection.cosine(embedder, one, other)
            return space_similarity(cosine, embedder.name, self.services.catalogue, language)

        yield {self._parts.similarity: await asyncio.to_thread(measure), self._parts.status: ""}

    def refused(self, sentence: str) -> Update:
        """What was drawn before stays."""
        return {self._parts.status: f'<p class="refused" role="alert">{escape(sentence)}</p>'}

    def _collection(self, owner: str, collection_id: str | None) -> Collection:
        library = self._room.library
        return library.collection(owner, collection_id) if collection_id else library.collections(owner)[0]

    def _embedder_of(self, collection: Collection) -> Embedder:
        return self._room.measuring.embedder_of(collection)

    def _passages(self, owner: str, space: projection.Space) -> dict[int, Passage]:
        ids, store = [point.passage_id for point in space.points], self._room.reading.passages
        blocks = (ids[start : start + BLOCK_SIZE] for start in range(0, len(ids), BLOCK_SIZE))
        return {passage.id: passage for block in blocks for passage in store.by_ids(owner, block)}
