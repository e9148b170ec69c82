"""An embedder in its own process: the same vectors, one that dies is replaced, one that idles ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from errors import EmbedderUnavailable
from models.embedding.process import EmbeddingProcess, EmbeddingWorker
from models.embedding.wire import Make
from settings import child_environment
from tests.embedder_makers import CountingEmbedder

Opens = Callable[..., EmbeddingProcess]


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Opens one by its maker's name; options that are not the worker's are the maker's."""
    opened: list[EmbeddingProcess] = []

    def open_one(maker: str, idle_s: float = 60, hang_s: float = 60, **arguments: str) -> EmbeddingProcess:
        how = EmbeddingWorker(child_environment(), tmp_path / "log", idle_s=idle_s, hang_s=hang_s)
        process = EmbeddingProcess("named", Make(maker=f"tests.embedder_makers:{maker}", arguments=arguments), how)
        opened.append(process)
        return process

    yield open_one
    for process in opened:
        process.close()


def test_gives_the_vectors_of_the_embedder_it_holds(opens: Opens) -> None:
    process = opens("CountingEmbedder")
    assert (process.dimension, process.max_batch, process.prefixes) == (4, 3, ("", "?"))
    texts = ["uno", "dos tres", "ñandú\n😀\0", "\ud800"]
    vectors = process.embed_passages(texts)
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors[:3], CountingEmbedder().embed_passages(texts[:3]))
    assert vectors[3].tolist() == [1, 1, 1, 0]  # a batch of its own, its half character replaced
    assert process.embed_question("¿y esto?").tolist() == [8, 2, 1, 1]
    assert process.embed_passages([]).shape == (0, 4)


def test_starts_no_process_before_it_is_needed(opens: Opens) -> None:
    process = opens("CountingEmbedder")
    assert process.process_id is None
    process.embed_passages(["uno"])
    assert process.process_id is not None


def test_one_that_dies_is_replaced_and_loses_no_text(opens: Opens, tmp_path: Path) -> None:
    process = opens("DyingEmbedder", mark=str(tmp_path / "once"))
    assert len(process.embed_passages(["uno", "dos"])) == 2


def test_one_that_dies_again_over_the_same_texts_is_given_up(opens: Opens, tmp_path: Path) -> None:
    process = opens("DyingEmbedder", mark=str(tmp_path / "always"))
    with pytest.raises(EmbedderUnavailable):
        process.embed_passages(["uno"])
    assert process.embed_question("uno").tolist() == [3, 1, 1, 1]  # the next call has another try


def test_one_that_was_killed_between_two_calls_is_replaced(opens: Opens) -> None:
    process = opens("CountingEmbedder")
    process.embed_passages(["uno"])
    psutil.Process(process.process_id).kill()
    assert len(process.embed_passages(["uno"])) == 1


def test_one_that_hangs_is_killed(opens: Opens) -> None:
    process = opens("StuckEmbedder", hang_s=1.0)
    with pytest.raises(EmbedderUnavailable):
        process.embed_passages(["uno"])


@pytest.mark.parametrize("maker", ["away", "nothing_of_this_name"])
def test_one_that_cannot_be_made_says_so(opens: Opens, maker: str) -> None:
    with pytest.raises(EmbedderUnavailable) as fault:
        opens(maker).embed_passages(["uno"])
    assert fault.value.values == {"name": "named"}


def test_ends_when_nobody_asks_and_starts_again_when_somebody_does(opens: Opens) -> None:
    process = opens("CountingEmbedder", idle_s=0.05)
    process.embed_passages(["uno"])
    worker_id = process.process_id
    if worker_id is not None:
        with suppress(psutil.NoSuchProcess):  # it may be over already
            psutil.Process(worker_id).wait(60)
    assert len(process.embed_passages(["uno"])) == 1


def test_runs_behind_the_page_with_the_threads_it_was_given(tmp_path: Path) -> None:
    how = EmbeddingWorker(child_environment(), tmp_path / "log", threads=3)
    process = EmbeddingProcess("named", Make(maker="tests.embedder_makers:TellingEmbedder"), how)
    niceness, threads = process.embed_passages(["uno"])[0]
    process.close()
    assert niceness > 0
    assert threads == 3


def test_calls_of_many_threads_get_their_own_answers(opens: Opens) -> None:
    process = opens("CountingEmbedder")
    texts = ["x" * length for length in range(1, 40)]
    with ThreadPoolExecutor(8) as pool:
        vectors = list(pool.map(process.embed_question, texts))
    assert [int(vector[0]) for vector in vectors] == list(range(1, 40))


def test_a_closed_one_is_not_started_again(opens: Opens) -> None:
    process = opens("CountingEmbedder")
    process.embed_passages(["uno"])
    process.close()
    with pytest.raises(EmbedderUnavailable):
        process.embed_passages(["uno"])


def test_closing_ends_a_batch_that_is_under_way(opens: Opens) -> None:
    process = opens("StuckEmbedder")
    _ = process.dimension
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(process.embed_passages, ["uno"])
        process.close()
        assert isinstance(answer.exception(timeout=30), EmbedderUnavailable)


def test_what_cannot_be_started_at_all_is_unavailable(tmp_path: Path) -> None:
    how = replace(EmbeddingWorker({}, tmp_path / "log"), command=("/nowhere/python",))
    with pytest.raises(EmbedderUnavailable):
        EmbeddingProcess("named", Make(maker=""), how).embed_passages(["uno"])
