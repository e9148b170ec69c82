"""Each hostile file gets its verdict, says its own name, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from errors import DocumentRefused
from rag.reading.reader import ReadDocument, read_document
from tests.hostile_files import HostileFile, hostile_files

FILES = tuple(hostile_files())
MAX_GROWTH_BYTES = 400_000_000
Outcome = ReadDocument | DocumentRefused


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """What came of each file, by its name."""
    folder = tmp_path_factory.mktemp("hostile")
    before = psutil.Process().memory_info().rss

    def read(number: int) -> Outcome:
        path = folder / str(number)
        path.write_bytes(FILES[number].made())
        try:
            return read_document(path, FILES[number].name)
        except DocumentRefused as error:
            return error
        finally:
            path.unlink()

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(read, range(len(FILES))))
    assert list(folder.iterdir()) == []
    assert psutil.Process().memory_info().rss - before < MAX_GROWTH_BYTES
    return {file.name: outcome for file, outcome in zip(FILES, found, strict=True)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: ascii(file.name[:40]))
def test_each_file_gets_its_verdict(file: HostileFile, outcomes: Mapping[str, Outcome]) -> None:
    outcome = outcomes[file.name]
    if isinstance(file.verdict, str):
        assert isinstance(outcome, ReadDocument), outcome
        assert file.verdict in "\n".join(page.text for page in outcome.pages)
    else:
        assert isinstance(outcome, file.verdict), outcome
        assert isinstance(outcome, DocumentRefused)
        assert outcome.values["name"] == file.name


def test_there_are_about_a_hundred_and_no_two_share_a_name() -> None:
    names = [file.name for file in FILES]
    assert len(names) == len(set(names)) > 100
