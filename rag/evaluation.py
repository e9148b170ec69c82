"""Measures how often a collection's search finds what answers a question, and how near answers come to those expected.

What is kept is measured as it is; other chunks or embedders are tried in memory, over the text of the same pages.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from chains.answer_overlap import overlap
from errors import NothingToSearch, RequestError
from models.embedding.embedder import Embedder
from rag.evaluation_sources import SourceDocument, Target, target_of
from rag.modes import Mode
from rag.passage_embedding import batches, embedded
from rag.retrieval import NUM_RERANKED, Reranker, Searching, Where, Wordings, rank_fused, reranked, retrieve
from rag.settings import CollectionSettings, is_current
from rag.temporary_search import Split, cut, temporary_searcher
from storage.collections import CollectionStore
from storage.document_records import Document, DocumentStatus, Passage, PassageVectors
from storage.documents import DocumentStore
from storage.passages import PassageStore
from storage.triples import Triple

NUM_SEARCHED = 10  # a passage further down counts as not found
NUM_GIVEN = 5  # passages to answer from


@dataclass(frozen=True)
class Variant:
    """A way to search, NAIVE or ADVANCED, over chunks of a size by an embedder; ``with_answers`` has the model answer,
    too."""

    settings: CollectionSettings
    mode: Mode = Mode.NAIVE
    with_answers: bool = False


@dataclass(frozen=True)
class Outcome:
    """``rank`` counts from 1, None when it was not found; ``overlap`` is F1, None where no answer was asked for."""

    triple: Triple
    rank: int | None
    answer: str = ""
    overlap: float | None = None


@dataclass(frozen=True)
class EvaluationRow:
    """What a variant reached. ``num_unplaced`` triples stand nowhere in the documents: they are left out."""

    variant: Variant
    num_chunks: int
    num_unplaced: int
    search_ms: float
    outcomes: tuple[Outcome, ...]

    def hit(self, num: int) -> float:
        """The share of questions with the source among the first ``num`` passages."""
        return _mean([float(one.rank is not None and one.rank <= num) for one in self.outcomes])

    @property
    def mean_reciprocal_rank(self) -> float:
        return _mean([1 / one.rank if one.rank else 0.0 for one in self.outcomes])

    @property
    def overlap(self) -> float | None:
        """The mean F1 of the answers, None without answers."""
        found = [one.overlap for one in self.outcomes if one.overlap is not None]
        return _mean(found) if found else None


@dataclass(frozen=True)
class EvaluationProgress:
    """Of the variant at the index ``variant``: passages embedded or questions asked."""

    variant: int
    stage: Literal["embedding", "asking"]
    done: int
    total: int


@dataclass(frozen=True)
class EvaluationTask:
    """Which questions are asked of an owner's collection, and in which ways."""

    owner: str
    collection_id: str
    triples: tuple[Triple, ...]
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class EvaluationStores:
    """Three over one database."""

    collections: CollectionStore
    documents: DocumentStore
    passages: PassageStore


@dataclass(frozen=True)
class EvaluationTools:
    """``searching`` finds in what is kept. ``rewrite`` puts an owner's question into other words and ``reranker`` reads
    passages again, both for ADVANCED and left out where there is none; ``answer`` answers from passages, best first."""

    searching: Searching
    split: Split
    embedder: Callable[[str], Embedder]
    rewrite: Callable[[str, str], Awaitable[Sequence[str]]] | None = None
    reranker: Callable[[], Reranker] | None = None
    answer: Callable[[str, str, Sequence[Passage]], Awaitable[str]] | None = None


OnProgress = Callable[[EvaluationProgress], None]
Tell = Callable[[Literal["embedding", "asking"], int, int], None]


class Evaluation:
    """``run`` can be cancelled as any task can: it ends within a batch of passages, or a question."""

    def __init__(self, stores: EvaluationStores, tools: EvaluationTools) -> None:
        self._stores = stores
        self._tools = tools

    async def run(self, task: EvaluationTask, on_progress: OnProgress) -> tuple[EvaluationRow, ...]:
        """A row for each variant, in their order.

        Raises CollectionNotFound, NothingToSearch, EmbedderUnavailable, or what the model's engine raises.
        """
        documents = await asyncio.to_thread(self._read, task)
        targets = await asyncio.to_thread(_placed, task.triples, documents)
        rows: dict[int, EvaluationRow] = {}
        places = sorted(range(len(task.variants)), key=lambda place: repr(task.variants[place].settings))
        for settings, group in groupby(places, key=lambda place: task.variants[place].settings):
            of_settings = list(group)
            with ExitStack() as opened:
                run = _Run(task, documents, targets, self._tools)
                tell = _telling(on_progress, of_settings[0])
                searching, num_chunks = await self._opened(run, settings, opened, tell)
                for place in of_settings:
                    tell = _telling(on_progress, place)
                    rows[place] = await run.row(task.variants[place], searching, num_chunks, tell)
        return tuple(rows[place] for place in range(len(task.variants)))

    def _read(self, task: EvaluationTask) -> list[SourceDocument]:
        listed = self._stores.documents.listed(task.owner, task.collection_id)
        read = [SourceDocument(one, self._stores.passages.pages(task.owner, one.id)) for one in reversed(listed)]
        documents = [one for one in read if one.pages]
        if not documents:
            raise NothingToSearch
        return documents

    async def _opened(
        self, run: _Run, settings: CollectionSettings, opened: ExitStack, tell: Tell
    ) -> tuple[Searching, int]:
        """What searches chunks of these settings, and how many there are; ``opened`` closes it."""
        kept = [one.document for one in run.documents]
        if await asyncio.to_thread(self._is_kept, run.task, kept, settings):
            return self._tools.searching, sum(one.num_chunks for one in kept)
        pairs = [(one.document, one.pages) for one in run.documents]
        passages = await asyncio.to_thread(cut, pairs, settings, self._tools.split)
        if not passages:
            raise NothingToSearch
        embedder = await asyncio.to_thread(self._tools.embedder, settings.embedder)
        vectors: dict[int, PassageVectors] = {}
        for batch in batches(passages, await asyncio.to_thread(lambda: embedder.max_batch)):
            tell("embedding", len(vectors), len(passages))
            vectors |= await asyncio.to_thread(embedded, batch, embedder)
        searcher = temporary_searcher(passages, vectors, settings, embedder)
        return await asyncio.to_thread(opened.enter_context, searcher), len(passages)

    def _is_kept(self, task: EvaluationTask, kept: Sequence[Document], settings: CollectionSettings) -> bool:
        collection = self._stores.collections.get(task.owner, task.collection_id)
        is_made_so = collection.stamp is not None and is_current(replace(collection, settings=settings.model_dump()))
        return is_made_so and all(one.status is DocumentStatus.READY for one in kept)


@dataclass(frozen=True)
class _Run:
    task: EvaluationTask
    documents: Sequence[SourceDocument]
    targets: dict[str, Target]
    tools: EvaluationTools

    async def row(self, variant: Variant, searching: Searching, num_chunks: int, tell: Tell) -> EvaluationRow:
        placed = [triple for triple in self.task.triples if triple.id in self.targets]
        outcomes: list[Outcome] = []
        seconds: list[float] = []
        for triple in placed:
            tell("asking", len(outcomes), len(placed))
            started_at = time.perf_counter()
            passages = await self._found(variant, searching, triple.question)
            seconds.append(time.perf_counter() - started_at)
            outcomes.append(await self._outcome(variant, triple, passages))
        tell("asking", len(placed), len(placed))
        search_ms = 1_000 * statistics.median(seconds) if seconds else 0.0
        return EvaluationRow(variant, num_chunks, len(self.task.triples) - len(placed), search_ms, tuple(outcomes))

    async def _found(self, variant: Variant, searching: Searching, question: str) -> list[Passage]:
        is_advanced = variant.mode is Mode.ADVANCED
        others: Sequence[str] = ()
        if is_advanced and self.tools.rewrite is not None:
            others = await self.tools.rewrite(self.task.owner, question)
        return await asyncio.to_thread(self._searched, searching, Wordings((question,), tuple(others)), is_advanced)

    def _searched(self, searching: Searching, wordings: Wordings, is_advanced: bool) -> list[Passage]:
        """As an answer's passages are found; also what would not be answered from counts, as it is shown."""
        where = Where(self.task.owner, self.task.collection_id)
        num = max(NUM_SEARCHED, NUM_RERANKED) if is_advanced else NUM_SEARCHED
        retrieved = retrieve(searching, where, wordings, num, rank_fused)
        if is_advanced and self.tools.reranker is not None:
            retrieved = reranked(retrieved, self.tools.reranker())
        return [hit.passage for hit in retrieved.report.hits[:NUM_SEARCHED]]

    async def _outcome(self, variant: Variant, triple: Triple, passages: Sequence[Passage]) -> Outcome:
        target = self.targets[triple.id]
        rank = next((rank for rank, passage in enumerate(passages, 1) if target.is_in(passage)), None)
        if not variant.with_answers or self.tools.answer is None or not triple.answer:
            return Outcome(triple, rank)
        try:
            answer = await self.tools.answer(self.task.owner, triple.question, passages[:NUM_GIVEN])
        except RequestError:  # this one question cannot be asked: it is too long
            answer = ""
        return Outcome(triple, rank, answer, overlap(answer, triple.answer))


def _placed(triples: Sequence[Triple], documents: Sequence[SourceDocument]) -> dict[str, Target]:
    found: Iterator[tuple[str, Target | None]] = ((one.id, target_of(one, documents)) for one in triples)
    return {triple_id: target for triple_id, target in found if target is not None}


def _telling(on_progress: OnProgress, variant: int) -> Tell:
    def tell(stage: Literal["embedding", "asking"], done: int, total: int) -> None:
        on_progress(EvaluationProgress(variant, stage, done, total))

    return tell


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
