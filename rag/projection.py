"""Shows vectors to people: passages and a question on a plane, and how near two texts are. Calls block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from errors import NothingToSearch
from models.embedding.embedder import Embedder
from rag.index_keeper import PassageVectorStore
from storage.document_records import Collection, Passage, Vector

MOST_SHOWN = 3_000
NUM_NEAREST = 10
LEAST_LENGTH = 1e-6  # of a direction: below, the vectors do not differ

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Point:
    """A passage on the plane; ``cosine`` to the question is of the whole vectors, not of what is left on the plane."""

    passage_id: int
    x: float
    y: float
    cosine: float | None


@dataclass(frozen=True)
class Space:
    """``points`` are all passages, or some drawn evenly; ``nearest`` are passages by their cosine, the nearest first.

    ``kept`` is the share of the vectors' variance that the plane shows.
    """

    points: tuple[Point, ...]
    question: tuple[float, float] | None
    nearest: tuple[tuple[Passage, float], ...]
    kept: float
    num_passages: int


def principal_plane(vectors: Vector) -> tuple[Plane, Vector, float]:
    """The two directions in which ``vectors`` differ most, as rows; their mean; the share of the variance along them.

    The signs are chosen so that the same vectors always give the same picture.
    """
    mean = vectors.mean(axis=0)
    rows = (vectors - mean).astype(np.float64)
    directions = np.zeros((2, vectors.shape[1]), np.float32)
    is_tall = rows.shape[0] > rows.shape[1]
    # Of the smaller product: a decomposition of thousands of rows themselves takes seconds.
    variances, found = np.linalg.eigh(rows.T @ rows if is_tall else rows @ rows.T)
    variances = np.maximum(variances[::-1], 0)
    found = found.T[::-1][:2] if is_tall else found.T[::-1][:2] @ rows
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    directions[: len(found)] = np.where(lengths > LEAST_LENGTH, found / np.maximum(lengths, LEAST_LENGTH), 0)
    for direction in directions:
        if direction[np.argmax(np.abs(direction))] < 0:
            direction *= -1
    total = float(variances.sum())
    return directions, mean, float(variances[:2].sum()) / total if total else 1.0


def cosine(embedder: Embedder, first: str, second: str) -> float:
    """Of any two texts, both as passages. Raises EmbedderUnavailable."""
    vectors = embedder.embed_passages([first, second])
    return float(np.clip(vectors[0] @ vectors[1], -1, 1))


class CollectionSource(Protocol):
    """What is used of the CollectionStore."""

    def get(self, owner: str, collection_id: str) -> Collection: ...


class PassageSource(PassageVectorStore, Protocol):
    """What is used of the PassageStore."""

    def by_ids(self, owner: str, ids: Sequence[int]) -> tuple[Passage, ...]: ...


class Projection:
    """The space of a collection, for its owner."""

    def __init__(
        self,
        collections: CollectionSource,
        passages: PassageSource,
        embedder_of: Callable[[Collection], Embedder],
    ) -> None:
        self._collections = collections
        self._passages = passages
        self._embedder_of = embedder_of

    def space(self, owner: str, collection_id: str, question: str = "") -> Space:
        """Raises CollectionNotFound, NothingToSearch while no passage has vectors, or EmbedderUnavailable."""
        collection = self._collections.get(owner, collection_id)
        vector = self._embedder_of(collection).embed_question(question) if question.strip() else None
        blocks = list(self._passages.all_vectors(owner, collection_id))
        if not blocks:
            raise NothingToSearch
        ids = np.concatenate([np.array(block, np.int64) for block, _ in blocks])
        vectors = np.concatenate([rows for _, rows in blocks])
        cosines = None if vector is None else np.clip(vectors @ vector, -1, 1)
        near = np.empty(0, np.int64) if cosines is None else np.argsort(-cosines, kind="stable")[:NUM_NEAREST]
        even = np.linspace(0, len(ids) - 1, min(len(ids), MOST_SHOWN - NUM_NEAREST)).astype(np.int64)
        shown = np.union1d(even, near)
        directions, mean, kept = principal_plane(vectors[shown])
        places = (vectors[shown] - mean) @ directions.T
        points = tuple(
            Point(int(ids[one]), float(x), float(y), None if cosines is None else float(cosines[one]))
            for one, (x, y) in zip(shown.tolist(), places.tolist(), strict=True)
        )
        asked = None if vector is None else tuple(((vector - mean) @ directions.T).tolist())
        return Space(
            points,
            None if asked is None else (asked[0], asked[1]),
            self._nearest(owner, ids[near].tolist(), [] if cosines is None else cosines[near].tolist()),
            kept,
            len(ids),
        )

    def _nearest(self, owner: str, ids: list[int], cosines: list[float]) -> tuple[tuple[Passage, float], ...]:
        passages = {passage.id: passage for passage in self._passages.by_ids(owner, ids)}
        return tuple((passages[one], near) for one, near in zip(ids, cosines, strict=True) if one in passages)
