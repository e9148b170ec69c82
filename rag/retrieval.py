"""Searches for several wordings of one question and makes one list of what they find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from rag.likelihood import DEFAULT_THRESHOLD
from rag.ranking import DEFAULT_DIVERSITY, SearchOptions
from rag.search import Hit, SearchReport
from storage.document_records import Passage, Vector

RANK_CONSTANT = 60  # of reciprocal rank fusion, as it was published
NUM_RERANKED = 12
WEIGHT_OF_RERANKER = 0.4  # beside the place that the search gave; measured in bench/rag


class Searching(Protocol):
    """What this module needs of ``rag.search.Searcher``."""

    def search(self, owner: str, collection_id: str, question: str, options: SearchOptions) -> SearchReport:
        """Raises NothingToSearch, CollectionNotFound. Blocks."""


class Reranker(Protocol):
    """An embedder that is more precise than the collection's, for few passages."""

    def embed_passages(self, texts: Sequence[str]) -> Vector: ...

    def embed_question(self, text: str) -> Vector: ...


@dataclass(frozen=True)
class Where:
    """Whose documents are searched, and how. ``document_ids`` empty are all of the collection."""

    owner: str
    collection_id: str
    document_ids: tuple[str, ...] = ()
    diversity: float = DEFAULT_DIVERSITY
    threshold: float = DEFAULT_THRESHOLD


@dataclass(frozen=True)
class Wordings:
    """``decisive`` wordings of a question may say that the documents hold the answer, ``others`` only find more.

    What a model made up finds something too, and so does the question before in a conversation that has moved on.
    """

    decisive: tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys((*self.decisive, *self.others)))


@dataclass(frozen=True)
class Retrieved:
    """What ``queries`` found together, the question as it stands alone first among them."""

    queries: tuple[str, ...]
    report: SearchReport

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Best first; none when what was found does not answer."""
        return tuple(hit.passage for hit in self.report.hits) if self.report.is_found else ()

    def best(self, num: int) -> Retrieved:
        return replace(self, report=replace(self.report, hits=self.report.hits[:num]))


def retrieve(
    searching: Searching, where: Where, wordings: Wordings, num: int, fuse: Callable[..., tuple[Hit, ...]]
) -> Retrieved:
    """Search for all of ``wordings`` and make one list of what they find. Blocks."""
    options = SearchOptions(num, where.document_ids, where.diversity, where.threshold)
    reports = [searching.search(where.owner, where.collection_id, query, options) for query in wordings.all]
    if len(reports) == 1:
        return Retrieved(wordings.all, reports[0])
    deciding = reports[: len(set(wordings.decisive))]
    report = replace(
        reports[0],
        hits=fuse(reports)[:num],
        is_found=any(one.is_found for one in deciding),
        seconds=sum(one.seconds for one in reports),
    )
    return Retrieved(wordings.all, report)


def best_of(reports: Sequence[SearchReport]) -> tuple[Hit, ...]:
    """Each passage with its best score: scores are calibrated, so those of two searches can be compared."""
    best: dict[int, Hit] = {}
    for hit in (hit for report in reports for hit in report.hits):
        if hit.passage.id not in best or hit.score > best[hit.passage.id].score:
            best[hit.passage.id] = hit
    return tuple(sorted(best.values(), key=lambda hit: -hit.score))


def rank_fused(reports: Sequence[SearchReport]) -> tuple[Hit, ...]:
    """Reciprocal rank fusion: a passage that several wordings find comes first."""
    shares: defaultdict[int, float] = defaultdict(float)
    for report in reports:
        for rank, hit in enumerate(report.hits, 1):
            shares[hit.passage.id] += 1 / (RANK_CONSTANT + rank)
    return tuple(sorted(best_of(reports), key=lambda hit: -shares[hit.passage.id]))


def reranked(retrieved: Retrieved, reranker: Reranker) -> Retrieved:
    """The NUM_RERANKED first in the order they have when a more precise embedder reads them again. Blocks.

    Its word does not stand alone: both orders are compared by how far a passage stands out in each.
    """
    hits = retrieved.report.hits[:NUM_RERANKED]
    if len(hits) < 2:
        return retrieved
    vectors = reranker.embed_passages([hit.passage.chunk.text for hit in hits])
    cosines = vectors @ reranker.embed_question(retrieved.queries[0])
    scores = np.array([hit.score for hit in hits], np.float32)
    together = (1 - WEIGHT_OF_RERANKER) * _standardised(scores) + WEIGHT_OF_RERANKER * _standardised(cosines)
    order = np.argsort(-together, kind="stable")
    return replace(retrieved, report=replace(retrieved.report, hits=tuple(hits[at] for at in order)))


def _standardised(scores: Vector) -> Vector:
    deviation = float(scores.std())
    return (scores - scores.mean()) / deviation if deviation > 0 else np.zeros_like(scores)
