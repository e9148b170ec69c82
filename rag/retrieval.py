"""Searches for several wordings of one question and makes one list of what they find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chains.evidence import StemmedWords, Traits, containment, rarity
from chains.languages import language_of
from chains.sentences import sentences
from rag.likelihood import DEFAULT_THRESHOLD
from rag.ranking import DEFAULT_DIVERSITY, SearchOptions
from rag.search import Hit, SearchReport
from storage.document_records import Passage, Vector

RANK_CONSTANT = 60  # of reciprocal rank fusion, as it was published
NUM_RERANKED = 12
LEAST_LIKELY = 0.05  # of the best one's likelihood: less only takes the model's time and leads it astray
# Beside the likelihood of the search. With the default embedder, hit@1 of 106 questions of XQuAD's development half, on
# which it was chosen too: Spanish to English .830 -> .896 (hit@5 .981 -> .972), Spanish .972, English .943 -> .953.
WEIGHT_OF_RERANKER = 0.4
LEAST = 1e-6


class Searching(Protocol):
    """What this module needs of ``rag.search.Searcher``."""

    def search(self, owner: str, collection_id: str, question: str, options: SearchOptions) -> SearchReport:
        """Raises NothingToSearch, CollectionNotFound. Blocks."""


class Reranker(Protocol):
    """The embedder that reads sentences again."""

    def embed_passages(self, texts: Sequence[str]) -> Vector: ...

    def embed_question(self, text: str) -> Vector: ...


@dataclass(frozen=True)
class Where:
    """Whose documents are searched, and how. ``document_ids`` empty are all of the collection.

    ``anyway`` takes the nearest passages where none is likely to answer.
    """

    owner: str
    collection_id: str
    document_ids: tuple[str, ...] = ()
    diversity: float = DEFAULT_DIVERSITY
    threshold: float = DEFAULT_THRESHOLD
    anyway: bool = False


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
    """What ``queries`` found together, the question as it stands alone first among them; ``anyway`` as in Where."""

    queries: tuple[str, ...]
    report: SearchReport
    anyway: bool = False

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Best first, without those that most likely hold nothing of the answer; none when nothing found does."""
        if not (self.report.is_found or (self.anyway and self.report.hits)):
            return ()
        likely = max(hit.score for hit in self.report.hits) * LEAST_LIKELY
        return tuple(hit.passage for hit in self.report.hits if hit.score >= likely)

    def best(self, num: int) -> Retrieved:
        return replace(self, report=replace(self.report, hits=self.report.hits[:num]))


def retrieve(
    searching: Searching, where: Where, wordings: Wordings, num: int, fuse: Callable[..., tuple[Hit, ...]]
) -> Retrieved:
    """Search for all of ``wordings`` and make one list of what they find. Blocks."""
    options = SearchOptions(num, where.document_ids, where.diversity, where.threshold)
    reports = [searching.search(where.owner, where.collection_id, query, options) for query in wordings.all]
    if len(reports) == 1:
        return Retrieved(wordings.all, reports[0], where.anyway)
    deciding = reports[: len(set(wordings.decisive))]
    report = replace(
        reports[0],
        hits=fuse(reports)[:num],
        is_found=any(one.is_found for one in deciding),
        seconds=sum(one.seconds for one in reports),
    )
    return Retrieved(wordings.all, report, where.anyway)


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
    """The NUM_RERANKED first in the order they have when each of their sentences is read again. Blocks.

    What counts is the best sentence of a passage: how near it is to the question, and how much of its words it holds.
    That does not stand alone: it is added to what the search found, by how far a passage stands out in each.
    """
    hits, question = retrieved.report.hits[:NUM_RERANKED], retrieved.queries[0]
    if len(hits) < 2:
        return retrieved
    texts = [_sentences_of(hit.passage) for hit in hits]
    near = _nearest(question, texts, reranker)
    likely = np.clip([hit.score for hit in hits], LEAST, 1 - LEAST)
    found = _standardised(np.log(likely / (1 - likely)))
    read = (_standardised(near) + _standardised(_held(question, texts))) / 2
    order = np.argsort(-((1 - WEIGHT_OF_RERANKER) * found + WEIGHT_OF_RERANKER * read), kind="stable")
    return replace(retrieved, report=replace(retrieved.report, hits=tuple(hits[at] for at in order)))


def _sentences_of(passage: Passage) -> list[str]:
    text = passage.chunk.text
    return [text[one.start : one.end] for one in sentences(text)] or [text]


def _nearest(question: str, texts: Sequence[Sequence[str]], reranker: Reranker) -> Vector:
    """The cosine of the question and the nearest sentence of each passage."""
    vectors = reranker.embed_passages([sentence for passage in texts for sentence in passage])
    cosines = vectors @ reranker.embed_question(question)
    ends = np.cumsum([len(passage) for passage in texts])
    return np.array([part.max() for part in np.split(cosines, ends[:-1])], np.float32)


def _held(question: str, texts: Sequence[Sequence[str]]) -> Vector:
    """How much of the question's words the sentence of each passage holds that holds most."""
    words, language = StemmedWords(), language_of(question, "es")
    asked = Traits(question, words.of(question, language))
    read = [[Traits(sentence, words.of(sentence, language)) for sentence in passage] for passage in texts]
    weights = rarity(asked.stems, [one for passage in read for one in passage])
    return np.array([max(containment(asked, [one], weights) for one in passage) for passage in read], np.float32)


def _standardised(scores: NDArray[np.floating[Any]]) -> Vector:
    deviation = float(scores.std())
    spread = scores - scores.mean()
    return np.asarray(spread / deviation if deviation > 0 else np.zeros_like(scores), np.float32)
