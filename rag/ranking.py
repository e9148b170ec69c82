"""What each way of searching says of each passage of a collection, and the one order that is made of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.dense import NUM_CANDIDATES, DenseScores, Places
from rag.fusion import Scale, Scores, fused, highest, lexical_weight, rank
from rag.lexical import LexicalIndex
from rag.likelihood import DEFAULT_THRESHOLD, likelihoods
from storage.document_records import Vector
from storage.passage_ids import PassageListing

DEFAULT_NUM = 5
DEFAULT_DIVERSITY = 0.3


@dataclass(frozen=True)
class SearchOptions:
    """``document_ids`` none: all. ``diversity`` 0 to 1, see ``fusion.diverse``. ``threshold`` is the least score of a
    passage that answers. Without ``fuses``, by meaning alone, where there are vectors."""

    num: int = DEFAULT_NUM
    document_ids: tuple[str, ...] = ()
    diversity: float = DEFAULT_DIVERSITY
    threshold: float = DEFAULT_THRESHOLD
    fuses: bool = True


@dataclass(frozen=True)
class Leg:
    """What one way of searching says of a passage; ``rank`` counts from 1, among all that were compared in that way."""

    score: float
    rank: int


@dataclass(frozen=True)
class WordRanking:
    """BM25 of all passages in the order of the listing; ``standardised`` is that of stems and of grams together."""

    words: Scores
    grams: Scores
    standardised: Scores
    share: float
    most_words: float

    @classmethod
    def of(cls, index: LexicalIndex, listing: PassageListing, question: str) -> WordRanking:
        """Passages that the index does not know yet have no words."""
        found = index.scores(question, {document.language for document in listing.documents})
        words, grams = (_listed(index, listing, scores) for scores in (found.words, found.grams))
        both = Scale.of(words).standardised(words) + Scale.of(grams).standardised(grams)
        return cls(words, grams, both / np.float32(2), found.share, found.most_words)

    def best(self, is_asked: NDArray[np.bool_]) -> Places:
        """The places of the best among those that are asked for and hold anything of the question."""
        places = np.flatnonzero(is_asked & (self.grams + self.words > 0))
        return places[highest(self.standardised[places], NUM_CANDIDATES)]


@dataclass(frozen=True)
class Ranking:
    """Of the candidates, at ``places`` of the listing: ``totals`` order them, ``scores`` (0 to 1) tell how likely each
    answers. ``dense`` is NaN and ``wholes`` is zero where there is no vector."""

    places: Places
    totals: Scores
    scores: Scores
    lexical_weight: float
    dense: Scores
    wholes: Vector
    words: WordRanking

    @classmethod
    def of(
        cls,
        listing: PassageListing,
        words: WordRanking,
        by_words: Places,
        dense: DenseScores | None,
        usual: Scale,
        options: SearchOptions,
    ) -> Ranking:
        """``by_words`` are the best by words; ``usual`` are dense scores of unrelated texts."""
        if dense is None:
            places = by_words
            near, wholes = np.full(len(places), np.nan, np.float32), np.zeros((len(places), 1), np.float32)
            standing, weight = np.zeros(len(places), np.float32), 1.0
        else:
            places, near, wholes = _joined(dense, by_words, listing.of_documents(options.document_ids))
            standing = np.nan_to_num(dense.scale.standardised(near), nan=0.0)
            weight = lexical_weight(words.share) if options.fuses else 0.0
        totals = fused(standing, words.standardised[places], weight)
        held = words.words[places] / max(words.most_words, 1e-9)
        scores = likelihoods(held, weight, usual.standardised(near), len(listing.ids))
        return cls(places, totals, scores, weight, near, wholes, words)

    def best(self, num: int) -> NDArray[np.int64]:
        """Indices of the ``num`` best, the best first."""
        return np.argsort(-self.totals, kind="stable")[:num]

    def cosines(self, chosen: Sequence[int]) -> NDArray[np.float32]:
        """Of any two of the chosen."""
        vectors = self.wholes[list(chosen)]
        return np.asarray(vectors @ vectors.T, np.float32)

    def legs(self, one: int) -> dict[str, Leg]:
        """What each way says of one candidate; a way that found nothing in it says nothing."""
        place = self.places[one]
        found = {}
        if not np.isnan(self.dense[one]):
            found["dense"] = Leg(float(self.dense[one]), rank(self.dense, float(self.dense[one])))
        for name, scores in (("words", self.words.words), ("grams", self.words.grams)):
            if scores[place] > 0:
                found[name] = Leg(float(scores[place]), rank(scores, float(scores[place])))
        return found


def _listed(index: LexicalIndex, listing: PassageListing, scores: Scores) -> Scores:
    """Scores in the order of the index, in that of the listing; 0 for what the index does not know."""
    ids = index.ids[index.order]
    if np.array_equal(ids, listing.ids):
        return scores[index.order]
    places = np.minimum(np.searchsorted(listing.ids, ids), len(listing.ids) - 1)
    is_listed = listing.ids[places] == ids
    listed = np.zeros(len(listing.ids), np.float32)
    listed[places[is_listed]] = scores[index.order[is_listed]]
    return listed


def _joined(dense: DenseScores, by_words: Places, is_asked: NDArray[np.bool_]) -> tuple[Places, Scores, Vector]:
    """What was found by meaning, and after it what only words found."""
    rows = np.flatnonzero(is_asked[dense.places])
    others = np.setdiff1d(by_words, dense.places)
    places = np.concatenate([dense.places[rows], others])
    near = np.concatenate([dense.scores[rows], np.full(len(others), np.nan, np.float32)])
    nothing = np.zeros((len(others), dense.wholes.shape[1]), np.float32)
    return places, near, np.concatenate([dense.wholes[rows], nothing])
