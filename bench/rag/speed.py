"""How long a search takes in small and large collections, and what these cost. In a process of its own.

Passages are made of the words of XQuAD and their vectors of its vectors: real ones of 100,000 chunks would take an
hour to make, and random ones lie as no text does.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil

from bench.answer import ContenderFailed
from bench.figures import percentile_95
from bench.rag.library import OWNER, Library, opened
from bench.rag.questions import paragraphs
from bench.rag.setup import Setup
from models.embedding.unit_vectors import unit_rows
from models.embedding.use_multilingual import UseMultilingual
from rag.index_keeper import IndexState
from rag.settings import CollectionSettings
from rag.splitting import split
from storage.document_records import Chunk, Document, Page, PassageVectors, Vector

ROOT = Path(__file__).resolve().parents[2]
CHUNKS_A_DOCUMENT = 1_000
NUM_WINDOWS = 2
NOISE = 0.02
BUILD_LIMIT_S = 3_000.0
MEGABYTE = 2**20


def measure_queries(setup: Setup, _: int) -> None:
    """Every size in turn, one collection that grows."""
    arguments = [str(setup.new_folder("speed")), str(setup.data), str(setup.plan.queries), *map(str, setup.plan.sizes)]
    ended = subprocess.run(
        [sys.executable, "-m", "bench.rag.speed", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise ContenderFailed(f"the search of large collections: {(ended.stderr.strip().splitlines() or [''])[-1]}")
    measured = json.loads(ended.stdout.splitlines()[-1])
    setup.record.add(**{f"query__{name}": value for name, value in measured.items()})


def main(folder: Path, data: Path, num_queries: int, sizes: Sequence[int]) -> dict[str, float]:
    """The figures by name; ``rss_mb``, ``disk_bytes_per_chunk`` and ``index_s`` are those of the last size."""
    source = _Source(data)
    questions = [question.text for question in paragraphs("es", data).questions]
    measured: dict[str, float] = {}
    medians = []
    with opened(folder, UseMultilingual()) as library:
        collection_id = library.new_collection()
        num = 0
        for size in sizes:
            while num < size:
                _add(library, collection_id, source, min(CHUNKS_A_DOCUMENT, size - num))
                num += min(CHUNKS_A_DOCUMENT, size - num)
            measured["index_s"] = _brought_in_step(library, collection_id)
            times = list(_times(library, collection_id, questions[:num_queries]))
            medians.append(statistics.median(times))
            measured |= {f"p50_ms_{size}": medians[-1], f"p95_ms_{size}": percentile_95(times)}
        measured["growth"] = max(after / before for before, after in pairwise(medians))
        measured["rss_mb"] = psutil.Process().memory_info().rss / MEGABYTE
    on_disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return measured | {"disk_bytes_per_chunk": on_disk / num}


class _Source:
    """Chunks and vectors that look like those of text, the same ones in every run."""

    def __init__(self, data: Path) -> None:
        self._random = random.Random(0)
        self._numbers = np.random.default_rng(0)
        text = paragraphs("es", data)
        with_defaults = split(text.pages, CollectionSettings())
        self._words = [chunk.text.split() for chunk in with_defaults]
        self._vectors = UseMultilingual().embed_passages([chunk.text for chunk in with_defaults])

    def chunk(self, number: int) -> Chunk:
        """Half of one text, half of another, and a word of its own."""
        halves = [words[: len(words) // 2] for words in self._random.choices(self._words, k=2)]
        text = " ".join([*halves[0], f"t{self._random.randrange(10**6)}", *halves[1]])
        half = len(" ".join(halves[0]))
        return Chunk(number, 1, 0, len(text), text, windows=((0, half), (half, len(text))))

    def vectors(self, num: int) -> Vector:
        """Of ``num`` texts between three others."""
        chosen = self._numbers.integers(0, len(self._vectors), (3, num))
        shares = self._numbers.dirichlet((1, 1, 1), num).astype(np.float32)
        mixed = sum(shares[:, [one]] * self._vectors[chosen[one]] for one in range(3))
        noise = self._numbers.normal(0, NOISE, (num, self._vectors.shape[1]))
        return unit_rows(mixed + noise)


def _add(library: Library, collection_id: str, source: _Source, num: int) -> None:
    """A document of ``num`` chunks, READY."""
    document = Document(collection_id, "text", "text", language="es")
    library.documents.add(OWNER, document)
    library.passages.put_text(OWNER, document.id, [Page(1, "")], [source.chunk(number) for number in range(num)])
    ids = [passage.id for passage in library.passages.without_vectors(OWNER, document.id)]
    vectors = source.vectors(num * (1 + NUM_WINDOWS)).reshape(num, 1 + NUM_WINDOWS, -1)
    found = {one: PassageVectors(rows[0], rows[1:]) for one, rows in zip(ids, vectors, strict=True)}
    library.passages.put_vectors(OWNER, document.id, found)
    library.passages.finish(OWNER, document.id)


def _brought_in_step(library: Library, collection_id: str) -> float:
    """How many seconds it takes until both indexes hold all that SQL does. Raises ContenderFailed."""
    started_at = time.monotonic()
    library.searcher.refresh(OWNER, collection_id)
    if not library.upkeep.wait(BUILD_LIMIT_S) or library.searcher.status(collection_id).state is IndexState.FAILED:
        raise ContenderFailed("the index was not built")
    return time.monotonic() - started_at


def _times(library: Library, collection_id: str, questions: Sequence[str]) -> Iterator[float]:
    """Milliseconds of each search, the question's vector included; the first two, which fill caches, are left out."""
    for number, question in enumerate([*questions[:2], *questions]):
        started_at = time.perf_counter()
        library.searcher.search(OWNER, collection_id, question)
        if number >= 2:
            yield 1_000 * (time.perf_counter() - started_at)


if __name__ == "__main__":
    folder, data, num_queries, *sizes = sys.argv[1:]
    print(json.dumps(main(Path(folder), Path(data), int(num_queries), [int(size) for size in sizes])))
