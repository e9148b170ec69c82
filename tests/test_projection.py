"""The plot of a collection shows what the vectors say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from errors import CollectionNotFound, NothingToSearch
from rag.projection import Projection, cosine, principal_plane
from tests.search_room import OWNER, SearchRoom, SpellingEmbedder, opened_room

pytest_plugins = ["tests.storage_fixtures"]

TEXTS = [f"text {number}" for number in range(30)]


@pytest.fixture
def room(sqlite_path: Path, tmp_path: Path) -> Iterator[SearchRoom]:
    with opened_room(sqlite_path, tmp_path) as opened:
        yield opened


@pytest.fixture
def projection(room: SearchRoom) -> Projection:
    return Projection(room.collections, room.passages, room.embedder_of)


def test_the_plane_is_the_one_in_which_the_points_lie() -> None:
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(50, 2)) @ rng.normal(size=(2, 12)) + 3
    directions, mean, kept = principal_plane(flat.astype(np.float32))
    shown = (flat - mean) @ directions.T
    distances = np.linalg.norm(flat[:, None] - flat[None, :], axis=2)
    assert kept == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(shown[:, None] - shown[None, :], axis=2) == pytest.approx(distances, abs=1e-3)


@pytest.mark.parametrize("num", [1, 2, 3])
def test_few_passages_have_a_plane_too(num: int) -> None:
    directions, _, kept = principal_plane(np.eye(4, dtype=np.float32)[:num])
    assert directions.shape == (2, 4)
    assert 0 <= kept <= 1.001


def test_the_question_stands_among_its_nearest(room: SearchRoom, projection: Projection) -> None:
    collection_id = room.new_collection()
    room.add(collection_id, TEXTS)
    space = projection.space(OWNER, collection_id, TEXTS[3])
    assert len(space.points) == space.num_passages == 30
    nearest, near = space.nearest[0]
    assert nearest.chunk.text == TEXTS[3]
    assert near == pytest.approx(1, abs=1e-3)
    (point,) = [point for point in space.points if point.passage_id == nearest.id]
    assert (point.x, point.y) == pytest.approx(space.question, abs=1e-2)
    assert [cosine for _, cosine in space.nearest] == sorted((cosine for _, cosine in space.nearest), reverse=True)


def test_without_a_question_there_are_only_points(room: SearchRoom, projection: Projection) -> None:
    collection_id = room.new_collection()
    room.add(collection_id, TEXTS)
    space = projection.space(OWNER, collection_id)
    assert (space.question, space.nearest, space.points[0].cosine) == (None, (), None)


def test_what_is_not_there_cannot_be_shown(room: SearchRoom, projection: Projection) -> None:
    collection_id = room.new_collection()
    with pytest.raises(NothingToSearch):
        projection.space(OWNER, collection_id)
    with pytest.raises(CollectionNotFound):
        projection.space("berto", collection_id)


def test_a_text_is_like_itself() -> None:
    assert cosine(SpellingEmbedder(), "one", "one") == pytest.approx(1)
    assert -1 <= cosine(SpellingEmbedder(), "one", "two") < 0.99
