"""How well a collection is searched: what is kept as it is, and other ways of cutting and embedding it beside."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from chains.answer_overlap import words_of
from errors import CollectionNotFound, EmbedderUnavailable, GenerationFailed, NothingToSearch, PromptTooLong
from models.embedding.unit_vectors import unit_rows
from rag.evaluation import (
    Evaluation,
    EvaluationProgress,
    EvaluationRow,
    EvaluationStores,
    EvaluationTask,
    EvaluationTools,
    Variant,
)
from rag.modes import Mode
from rag.search import Hit, SearchOptions, SearchReport
from rag.settings import CollectionSettings, stamp_of
from rag.splitting import split
from storage.database import Database
from storage.document_records import Document, Page, Passage, Vector
from storage.triples import Triple
from tests.databases import sqlite_url
from tests.document_shelf import Shelf, vectors_of

pytest_plugins = ["tests.storage_fixtures"]

TOPICS = [
    "rivers carry water",
    "volcanoes throw ashes",
    "bees gather pollen",
    "tides follow moon",
    "glaciers carve rock",
]
SENTENCES = [f"In chapter {number} we read that {topic} every single year." for number, topic in enumerate(TOPICS)]
TRIPLES = tuple(
    Triple(f"What do {topic.split()[0]} do?", topic, sentence)
    for topic, sentence in zip(TOPICS, SENTENCES, strict=True)
)
KEPT = CollectionSettings(chunk_size=100)
OTHER = CollectionSettings(chunk_size=120)


class WordEmbedder:
    """Texts with the same words are near. Asked for too much at once, it would fail."""

    name = "use-multilingual"
    dimension = 512
    max_batch = 3
    prefixes = ("", "")

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        assert len(texts) <= self.max_batch
        rows = np.zeros((len(texts), self.dimension))
        for row, text in zip(rows, texts, strict=True):
            for word in words_of(text):
                row[zlib.crc32(word.encode()) % self.dimension] += 1
        return unit_rows(rows)

    def embed_question(self, text: str) -> Vector:
        vector: Vector = self.embed_passages([text])[0]
        return vector


class KeptOrder:
    """Finds what is kept in the order of the text, whatever is asked."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.questions: list[str] = []

    def search(self, owner: str, collection_id: str, question: str, options: SearchOptions) -> SearchReport:
        self.questions.append(question)
        found = list(self.shelf.passages.passages(owner, collection_id))[: options.num]
        hits = tuple(Hit(passage, 1 - place / 100, {}) for place, passage in enumerate(found))
        return SearchReport(question, hits, False, 1.0, "exact", len(found))


class Bench:
    """A collection of one document, kept and embedded with KEPT, and what measures it."""

    def __init__(self, database: Database) -> None:
        self.shelf = Shelf(database)
        self.searching = KeptOrder(self.shelf)
        self.progress: list[EvaluationProgress] = []
        self.embedder_names: list[str] = []
        self.tools = EvaluationTools(self.searching, split, self._embedder)

    def fill(self) -> Document:
        pages = [Page(number, sentence) for number, sentence in enumerate(SENTENCES, 1)]
        document = self.shelf.add("nature.txt", language="en")
        self.shelf.passages.put_text("ana", document.id, pages, split(pages, KEPT))
        lacking = self.shelf.passages.without_vectors("ana", document.id)
        self.shelf.passages.put_vectors("ana", document.id, vectors_of(lacking))
        self.shelf.passages.finish("ana", document.id)
        stamp = stamp_of(KEPT, WordEmbedder())
        self.shelf.collections.change("ana", self.shelf.collection_id, stamp=stamp, settings=KEPT.model_dump())
        return document

    async def run(self, *variants: Variant, triples: Sequence[Triple] = TRIPLES) -> list[EvaluationRow]:
        return list(await self.evaluation.run(self.task(*variants, triples=triples), self.progress.append))

    def task(self, *variants: Variant, triples: Sequence[Triple] = TRIPLES) -> EvaluationTask:
        return EvaluationTask("ana", self.shelf.collection_id, tuple(triples), variants)

    @property
    def evaluation(self) -> Evaluation:
        stores = EvaluationStores(self.shelf.collections, self.shelf.documents, self.shelf.passages)
        return Evaluation(stores, self.tools)

    def _embedder(self, name: str) -> WordEmbedder:
        self.embedder_names.append(name)
        if name == "away":
            raise EmbedderUnavailable(name=name)
        return WordEmbedder()


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest) -> str:
    """What is measured here does not depend on the kind of database."""
    return sqlite_url(request.getfixturevalue("sqlite_path"))


async def test_what_is_kept_is_measured_as_it_is_found(bench: Bench) -> None:
    bench.fill()
    (row,) = await bench.run(Variant(KEPT))
    assert [outcome.rank for outcome in row.outcomes] == [1, 2, 3, 4, 5]
    assert (row.num_chunks, row.num_unplaced, row.overlap) == (5, 0, None)
    assert (row.hit(1), row.hit(5)) == (0.2, 1.0)
    assert row.mean_reciprocal_rank == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) / 5)
    assert bench.searching.questions == [triple.question for triple in TRIPLES]
    assert bench.embedder_names == []


async def test_other_chunks_are_tried_beside_and_nothing_kept_is_touched(bench: Bench) -> None:
    document = bench.fill()
    before = bench.shelf.revision, bench.shelf.ids(document)
    other, kept, precise = await bench.run(
        Variant(OTHER), Variant(KEPT), Variant(KEPT.model_copy(update={"embedder": "e5-small"}))
    )
    assert (other.variant.settings, kept.variant.settings) == (OTHER, KEPT)
    assert other.hit(1) == precise.hit(1) == 1.0
    assert kept.hit(1) == 0.2
    assert sorted(bench.embedder_names) == ["e5-small", "use-multilingual"]
    assert (bench.shelf.revision, bench.shelf.ids(document)) == before
    assert [one.done for one in bench.progress if (one.variant, one.stage) == (0, "embedding")] == [0, 3]
    assert bench.progress[-1].done == bench.progress[-1].total == len(TRIPLES)


async def test_what_is_not_indexed_yet_is_tried_too(bench: Bench) -> None:
    document = bench.fill()
    bench.shelf.passages.forget_vectors("ana", bench.shelf.collection_id)
    (row,) = await bench.run(Variant(KEPT))
    assert row.hit(1) == 1.0
    assert bench.searching.questions == []
    bench.shelf.documents.delete("ana", document.id)
    with pytest.raises(NothingToSearch):
        await bench.run(Variant(KEPT))


async def test_triples_that_stand_nowhere_are_left_out_and_told(bench: Bench) -> None:
    bench.fill()
    (row,) = await bench.run(Variant(KEPT), triples=[TRIPLES[0], Triple("?", "Nowhere at all", "Nor here")])
    assert (len(row.outcomes), row.num_unplaced, row.hit(1)) == (1, 1, 1.0)
    (nothing,) = await bench.run(Variant(KEPT), triples=[])
    assert (nothing.hit(1), nothing.mean_reciprocal_rank, nothing.overlap) == (0.0, 0.0, None)


async def test_advanced_searches_for_other_words_and_reads_again(bench: Bench) -> None:
    bench.fill()
    asked: list[tuple[str, str]] = []

    async def rewrite(owner: str, question: str) -> Sequence[str]:
        asked.append((owner, question))
        return [f"other words for {question}"]

    bench.tools = replace(bench.tools, rewrite=rewrite, reranker=WordReranker)
    (row,) = await bench.run(Variant(KEPT, Mode.ADVANCED), triples=TRIPLES[4:])
    assert asked == [("ana", TRIPLES[4].question)]
    assert bench.searching.questions == [TRIPLES[4].question, f"other words for {TRIPLES[4].question}"]
    assert row.outcomes[0].rank is not None
    assert row.outcomes[0].rank < 5
    await bench.run(Variant(KEPT), triples=TRIPLES[4:])
    assert len(asked) == 1


class WordReranker(WordEmbedder):
    max_batch = 100


async def test_answers_are_compared_with_those_expected(bench: Bench) -> None:
    bench.fill()
    given: list[Sequence[Passage]] = []

    async def answer(owner: str, question: str, passages: Sequence[Passage]) -> str:
        given.append(passages)
        if "tides" in question:
            raise PromptTooLong(num_tokens=1, limit=1)
        return "Rivers carry the water!" if "rivers" in question else "nothing"

    bench.tools = replace(bench.tools, answer=answer)
    triples = [*TRIPLES[:2], TRIPLES[3], Triple("No answer?", "", SENTENCES[0])]
    answered, silent = await bench.run(Variant(KEPT, with_answers=True), Variant(KEPT), triples=triples)
    assert [one.overlap for one in answered.outcomes] == [1.0, 0.0, 0.0, None]
    assert answered.outcomes[0].answer == "Rivers carry the water!"
    assert answered.overlap == pytest.approx(1 / 3)
    assert silent.overlap is None
    assert [len(passages) for passages in given] == [5, 5, 5]

    async def fails(owner: str, question: str, passages: Sequence[Passage]) -> str:
        raise GenerationFailed

    bench.tools = replace(bench.tools, answer=fails)
    with pytest.raises(GenerationFailed):
        await bench.run(Variant(KEPT, with_answers=True))


async def test_it_ends_where_it_is_cancelled(bench: Bench) -> None:
    bench.fill()
    task: asyncio.Task[object] | None = None

    def cancel_at_the_second_batch(progress: EvaluationProgress) -> None:
        bench.progress.append(progress)
        if progress.done and task is not None:
            task.cancel()

    task = asyncio.create_task(bench.evaluation.run(bench.task(Variant(OTHER)), cancel_at_the_second_batch))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(one.stage, one.done) for one in bench.progress] == [("embedding", 0), ("embedding", 3)]


async def test_others_and_what_is_away_are_refused(bench: Bench) -> None:
    bench.fill()
    with pytest.raises(CollectionNotFound):
        await bench.evaluation.run(replace(bench.task(Variant(KEPT)), owner="eve"), bench.progress.append)
    with pytest.raises(EmbedderUnavailable):
        await bench.run(Variant(CollectionSettings(embedder="away")))
