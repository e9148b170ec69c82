"""Search by meaning: how near the question's vector is to those of passages and of their windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.bounded_cache import BoundedCache
from rag.fusion import Scale, Scores, highest
from rag.index_keeper import IndexKeeper, PassageVectorStore, stamp_text
from storage.document_records import PassageVectors, Vector
from storage.passage_ids import PassageListing

WHOLE_SHARE = 0.5  # of a passage's own vector beside its best window: the pair finds more than either
NUM_CANDIDATES = 100  # of each kind, by meaning and by words: what comes after them is never among the first
NUM_SAMPLED = 400
MOST_BYTES = 96 << 20
MIXING = np.uint64(0x9E3779B97F4A7C15)  # spreads ids evenly, always in the same way

Places = NDArray[np.int64]


@dataclass(frozen=True)
class WindowVectors:
    """Vectors of some passages in one piece; ``owners`` tells of each window the place of its passage."""

    places: Places
    wholes: Vector
    windows: Vector
    owners: Places

    @classmethod
    def of(cls, listing: PassageListing, places: Places, found: dict[int, PassageVectors]) -> WindowVectors:
        """Of those at ``places`` in the listing whose vectors were found."""
        kept = np.array([place for place in places.tolist() if int(listing.ids[place]) in found], np.int64)
        vectors = [found[one] for one in listing.ids[kept].tolist()]
        if not vectors:
            nothing = np.empty((0, 0), np.float32)
            return cls(kept, nothing, nothing, kept)
        owners = np.repeat(np.arange(len(vectors)), [len(one.windows) for one in vectors])
        wholes = np.stack([one.whole for one in vectors])
        return cls(kept, wholes, np.concatenate([one.windows for one in vectors]), owners)

    @property
    def num_bytes(self) -> int:
        return self.wholes.nbytes + self.windows.nbytes + self.owners.nbytes + self.places.nbytes

    def scores(self, vector: Vector) -> Scores:
        """The best window's cosine and a share of the whole's. A passage without windows is its own window."""
        if not len(self.places):
            return np.empty(0, np.float32)
        wholes = self.wholes @ vector
        best = np.full(len(wholes), -np.inf, np.float32)
        np.maximum.at(best, self.owners, self.windows @ vector)
        best = np.where(np.isfinite(best), best, wholes)
        return np.asarray(best + WHOLE_SHARE * wholes, np.float32)


@dataclass(frozen=True)
class DenseScores:
    """``places`` are in the listing, ``wholes`` the vectors of the passages there; ``scale`` is what such scores are
    in the whole collection."""

    places: Places
    scores: Scores
    wholes: Vector
    scale: Scale
    index: str


class DenseSearch:
    """Any thread may call."""

    def __init__(self, vectors: PassageVectorStore, keeper: IndexKeeper) -> None:
        self._vectors = vectors
        self._keeper = keeper
        self._cache: BoundedCache[tuple[tuple[int, str], WindowVectors]] = BoundedCache(MOST_BYTES)

    def scores(
        self, owner: str, listing: PassageListing, vector: Vector, also: Places, document_ids: tuple[str, ...]
    ) -> DenseScores:
        """Of all passages where they are few; otherwise of the nearest, and of those at the places ``also``."""
        if np.count_nonzero(listing.is_ready) <= self._keeper.small:
            kept = self._kept("all", owner, listing)
            scores = kept.scores(vector)
            return DenseScores(kept.places, scores, kept.wholes, Scale.of(scores), "exact")
        sample = self._kept("sample", owner, listing)
        nearest = self._keeper.nearest(owner, listing, vector, NUM_CANDIDATES, document_ids)
        index = "exact" if nearest is None else "chroma"
        places = self._exact(owner, listing, vector, document_ids) if nearest is None else places_of(listing, nearest)
        places = np.union1d(places, also)
        places = places[listing.is_ready[places] & listing.of_documents(document_ids)[places]]
        candidates = WindowVectors.of(listing, places, self._found(owner, listing, places))
        scores, scale = candidates.scores(vector), Scale.of(sample.scores(vector))
        return DenseScores(candidates.places, scores, candidates.wholes, scale, index)

    def forget(self, collection_id: str) -> None:
        for kind in ("all", "sample"):
            self._cache.drop(f"{kind} {collection_id}")

    def _exact(self, owner: str, listing: PassageListing, vector: Vector, document_ids: tuple[str, ...]) -> Places:
        """The nearest, found by going through all vectors in SQL."""
        is_asked = listing.of_documents(document_ids)
        ids, scores = np.empty(0, np.int64), np.empty(0, np.float32)
        for block_ids, vectors in self._vectors.all_vectors(owner, listing.collection_id):
            ids = np.concatenate([ids, np.array(block_ids, np.int64)])
            scores = np.concatenate([scores, vectors @ vector])
            places = np.minimum(np.searchsorted(listing.ids, ids), len(listing.ids) - 1)
            scores = np.where((listing.ids[places] == ids) & is_asked[places], scores, -np.inf)
            best = highest(np.asarray(scores, np.float32), NUM_CANDIDATES)
            ids, scores = ids[best], scores[best]
        return places_of(listing, ids[np.isfinite(scores)])

    def _kept(self, kind: Literal["all", "sample"], owner: str, listing: PassageListing) -> WindowVectors:
        key, state = f"{kind} {listing.collection_id}", (listing.revision, stamp_text(listing))
        found = self._cache.get(key)
        if found is not None and found[0] == state:
            return found[1]
        ready = np.flatnonzero(listing.is_ready)
        places = ready if kind == "all" else _sample(listing.ids, ready)
        kept = WindowVectors.of(listing, places, self._found(owner, listing, places))
        self._cache.put(key, (state, kept), kept.num_bytes)
        return kept

    def _found(self, owner: str, listing: PassageListing, places: Places) -> dict[int, PassageVectors]:
        return dict(self._vectors.vectors(owner, listing.ids[places].tolist()))


def places_of(listing: PassageListing, ids: Sequence[int] | NDArray[np.int64]) -> Places:
    """Where these are in the listing, ascending, without those that are not in it."""
    wanted = np.unique(np.asarray(ids, np.int64))
    places = np.minimum(np.searchsorted(listing.ids, wanted), len(listing.ids) - 1)
    return np.asarray(places[listing.ids[places] == wanted], np.int64)


def _sample(ids: NDArray[np.int64], places: Places) -> Places:
    """Always the same ones of the same passages, and nearly the same when a few come or go."""
    order = np.argsort(ids[places].astype(np.uint64) * MIXING, kind="stable")
    return np.sort(places[order[:NUM_SAMPLED]])
