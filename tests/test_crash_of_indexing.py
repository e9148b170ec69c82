"""A program that is killed while it fills a library: it goes on where it was, and nothing is there twice or half."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from storage.document_records import DocumentStatus
from storage.opening import open_database
from tests.databases import assert_whole, not_needed, sqlite_url
from tests.indexing_writer import NUM_DOCUMENTS, OWNERS
from tests.library_room import LibraryRoom

pytest_plugins = ["tests.storage_fixtures"]


def fill_until_killed(path: Path, num_lines: int) -> bool:
    """Let it be killed somewhere after its ``num_lines``-th line. Returns whether it was done before."""
    command = [sys.executable, "-m", "tests.indexing_writer", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(num_lines)]
        writer.kill()
        lines += writer.stdout.readlines()
    assert "done\n" in lines or all(lines), "the writer ended by itself"
    return "done\n" in lines


def assert_sound(path: Path, *, is_done: bool) -> None:
    """What is READY is whole; what is not answers nothing; in the end all is READY, with no file too many."""
    assert_whole(path)
    database = open_database(sqlite_url(path), path.parent, not_needed)
    room = LibraryRoom(database, path.parent)
    documents = [(owner, one) for owner in OWNERS for one in room.library.documents(owner, room.collection_id(owner))]
    for owner, document in documents:
        if document.status is DocumentStatus.READY:
            room.assert_ready(document, owner)
        else:
            ids = [passage.id for passage in room.passages(document, owner)]
            assert room.stores.passages.vectors(owner, ids) == {}
        assert room.library.file(owner, document.id).exists()
    if is_done:
        assert {document.status for _, document in documents} == {DocumentStatus.READY}
        names = sorted(f"{number}.txt" for number in range(NUM_DOCUMENTS))
        for asked in OWNERS:
            assert sorted(document.name for owner, document in documents if owner == asked) == names
        assert room.files() == {document.id for _, document in documents}
    database.close()


def kill_often(path: Path, seed: int, times: int) -> None:
    draw = random.Random(seed)
    for _ in range(times):
        is_done = fill_until_killed(path, draw.randint(1, 40))
        assert_sound(path, is_done=is_done)
    assert fill_until_killed(path, 10_000)
    assert_sound(path, is_done=True)


def test_killed_three_times_the_library_is_filled_in_the_end(sqlite_path: Path) -> None:
    kill_often(sqlite_path, seed=3, times=3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_killed_twenty_five_times_in_five_libraries_each_is_filled_in_the_end(sqlite_path: Path, seed: int) -> None:
    kill_often(sqlite_path, seed=seed, times=5)
