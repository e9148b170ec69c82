"""Finds the passages of a collection that answer a question: by meaning and by words, in one order.

The figures are in ``docs/decisions/0013-words-and-vectors.md``. The vector index is handed in: its library is heavy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from errors import CollectionNotFound, EmbedderUnavailable, NothingToSearch
from models.embedding.embedder import Embedder
from rag.dense import DenseSearch
from rag.fusion import Scale, diverse
from rag.index_keeper import IndexKeeper, IndexStatus, PassageVectorStore
from rag.lexical_indexes import LexicalIndexes, PassageTexts
from rag.likelihood import Background
from rag.listings import Listings
from rag.ranking import Leg, Ranking, SearchOptions, WordRanking
from rag.settings import settings_of
from storage.document_records import Collection, Passage, Vector
from storage.passage_ids import PassageListing

__all__ = ["Hit", "Indexes", "Leg", "SearchOptions", "SearchReport", "Searcher", "Stores"]

POOL = 4  # times as many passages as asked for are compared for near-duplicates
WORDS_ONLY = "words only"
MOST_QUESTION = 4_000  # characters: what comes after adds time and no meaning


@dataclass(frozen=True)
class Hit:
    """``score`` 0 to 1: how likely the passage answers. ``legs``: "dense", "words" and "grams", where it has them."""

    passage: Passage
    score: float
    legs: Mapping[str, Leg]


@dataclass(frozen=True)
class SearchReport:
    """``hits`` are there also when the answer ``is_found`` not: as the nearest.

    ``index`` is what found the nearest vectors: "chroma", "exact" or, where no vectors could be compared, "words only";
    ``embedder`` is then the name of the one that is missing, empty when the vectors are still to be made.
    ``num_passages`` were searched, of which ``num_unready`` have no vectors yet.
    """

    question: str
    hits: tuple[Hit, ...]
    is_found: bool
    lexical_weight: float
    index: str
    num_passages: int
    num_unready: int = 0
    embedder: str = ""
    seconds: float = 0.0


class Passages(PassageTexts, PassageVectorStore, Protocol):
    """What is used of the PassageStore."""


class Collections(Protocol):
    """What is used of the CollectionStore."""

    def get(self, owner: str, collection_id: str) -> Collection: ...


@dataclass(frozen=True)
class Stores:
    """Where the truth is."""

    collections: Collections
    listings: Listings
    passages: Passages


@dataclass(frozen=True)
class Indexes:
    """What can be built anew of the stores."""

    lexical: LexicalIndexes
    keeper: IndexKeeper


class Searcher:
    """All calls block, and any thread may make them.

    ``embedder_of`` gives the embedder that made the vectors of a collection, or raises EmbedderUnavailable.
    """

    def __init__(self, stores: Stores, indexes: Indexes, embedder_of: Callable[[Collection], Embedder]) -> None:
        self._stores = stores
        self._lexical = indexes.lexical
        self._keeper = indexes.keeper
        self._dense = DenseSearch(stores.passages, indexes.keeper)
        self._embedder_of = embedder_of
        self._background = Background()
        self._blas = ThreadpoolController().select(user_api="blas")

    def search(
        self, owner: str, collection_id: str, question: str, options: SearchOptions | None = None
    ) -> SearchReport:
        """Raises CollectionNotFound, or NothingToSearch when no passage may be searched."""
        started_at = time.perf_counter()
        options = options or SearchOptions()
        collection = self._stores.collections.get(owner, collection_id)
        listing = self._stores.listings.at(owner, collection)
        is_asked = listing.of_documents(options.document_ids)
        if not is_asked.any():
            raise NothingToSearch
        asked = question[:MOST_QUESTION]
        words = WordRanking.of(self._lexical.at(owner, listing), listing, asked)
        by_words = words.best(is_asked)
        dense = None
        with self._blas.limit(limits=1):  # in products as small as these, threads wait for each other, spinning
            vector, usual, missing = self._vector(collection, listing, asked)
            if vector is not None:
                dense = self._dense.scores(owner, listing, vector, by_words, options.document_ids)
            ranking = Ranking.of(listing, words, by_words, dense, usual, options)
            hits = self._hits(owner, listing, ranking, options)
        return SearchReport(
            question,
            hits,
            any(hit.score >= options.threshold for hit in hits),
            ranking.lexical_weight,
            dense.index if dense is not None else WORDS_ONLY,
            len(listing.ids),
            int(np.count_nonzero(~listing.is_ready)),
            missing,
            time.perf_counter() - started_at,
        )

    def status(self, collection_id: str) -> IndexStatus:
        """Of the vector index."""
        return self._keeper.status(collection_id)

    def refresh(self, owner: str, collection_id: str) -> None:
        """Bring the indexes in step with what SQL holds now: after a document was read, indexed or deleted."""
        try:
            listing = self._stores.listings.at(owner, self._stores.collections.get(owner, collection_id))
        except CollectionNotFound:
            self.forget(collection_id)
            return
        self._lexical.refresh(owner, listing)
        self._dense.forget(collection_id)
        self._keeper.refresh(owner, listing)

    def forget(self, collection_id: str) -> None:
        """Delete all that is kept of a collection that was deleted. What is forgotten too early is built again."""
        self._stores.listings.forget(collection_id)
        self._dense.forget(collection_id)
        self._lexical.forget(collection_id)
        self._keeper.forget(collection_id)

    def tidy(self, collection_ids: Sequence[str]) -> None:
        """At the start: delete what is kept of collections other than these, of all owners."""
        self._lexical.only(collection_ids)
        self._keeper.only(collection_ids)

    def _vector(
        self, collection: Collection, listing: PassageListing, question: str
    ) -> tuple[Vector | None, Scale, str]:
        """The question's vector, None without an embedder to make it or vectors to compare it with; dense scores of
        unrelated texts; and the name of the embedder that is missing."""
        nothing = Scale(0.0, 0.0)
        if not listing.is_ready.any():
            return None, nothing, ""
        wanted = dict(collection.stamp or {})
        try:
            embedder = self._embedder_of(collection)
            made = {"dimension": embedder.dimension, "prefixes": list(embedder.prefixes)}
            if any(name in wanted and wanted[name] != value for name, value in made.items()):
                return None, nothing, str(wanted.get("embedder", ""))
            return embedder.embed_question(question), self._background.of(embedder), ""
        except EmbedderUnavailable:
            return None, nothing, str(wanted.get("embedder", "")) or settings_of(collection).embedder

    def _hits(self, owner: str, listing: PassageListing, ranking: Ranking, options: SearchOptions) -> tuple[Hit, ...]:
        """What is deleted while it is being found is left out."""
        pool = ranking.best(POOL * options.num)
        ids = listing.ids[ranking.places[pool]].tolist()
        found = {passage.id: passage for passage in self._stores.passages.by_ids(owner, ids)}
        kept = [(place, found[one]) for place, one in zip(pool.tolist(), ids, strict=True) if one in found]
        cosines = ranking.cosines([place for place, _ in kept])
        texts = np.array([passage.chunk.text for _, passage in kept], object)
        cosines = np.where(texts[:, None] == texts[None, :], np.float32(1), cosines)
        scores = [float(ranking.totals[place]) for place, _ in kept]
        return tuple(
            Hit(kept[one][1], float(ranking.scores[kept[one][0]]), ranking.legs(kept[one][0]))
            for one in diverse(scores, cosines, options.num, options.diversity)
        )
