"""The vector index on a real Chroma server, asked by two replicas, lost and away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.index_keeper import IndexTorn
from rag.vector_server import ChromaServer
from tests.chroma_server import chroma
from tests.postgres import free_port

VECTORS = np.eye(4, dtype=np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_what_one_replica_puts_in_the_other_finds(folder: Path) -> None:
    with chroma(folder, free_port()) as url:
        one, other = ChromaServer(url), ChromaServer(url)
        one.add("papers", "stamp", [1, 2, 3, 4], VECTORS, ["a", "a", "b", "b"])
        found, cosines = other.nearest("papers", "stamp", VECTORS[2], 1)
        assert (found.tolist(), round(float(cosines[0]), 3)) == ([3], 1.0)
        assert other.nearest("papers", "stamp", VECTORS[2], 1, ["a"])[0].tolist() != [3]
        one.remove("papers", "stamp", [3])
        assert other.ids("papers", "stamp").tolist() == [1, 2, 4]
        other.set_aside()
        assert one.ids("papers", "stamp").tolist() == [1, 2, 4], "what others ask is not deleted"
        one.drop("papers")
        with pytest.raises(IndexTorn):
            ChromaServer(url).nearest("papers", "stamp", VECTORS[2], 1)


def test_a_server_that_is_away_fails_and_serves_when_it_is_back(folder: Path) -> None:
    port = free_port()
    with chroma(folder, port) as url:
        index = ChromaServer(url)
        index.add("papers", "stamp", [1], VECTORS[:1], ["a"])
    with pytest.raises(IndexTorn):
        index.nearest("papers", "stamp", VECTORS[0], 1)
    with pytest.raises(IndexTorn):
        ChromaServer(url)
    with chroma(folder, port) as url:
        assert ChromaServer(url).nearest("papers", "stamp", VECTORS[0], 1)[0].tolist() == [1]
