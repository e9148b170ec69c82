"""The operator's key: from a variable or a file, asked for at every start of the whole program."""

from __future__ import annotations

import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from building.storage import data_key
from errors import DataKeyFileUnreadable, DataKeyShort
from settings import Settings
from storage.conversations import ConversationStore
from storage.migrating import migrate
from storage.opening import open_database
from tests.databases import DATA_KEY, not_needed, sqlite_url, titles
from tests.served_app import run_app, served_app

MARKER = "xylophon"


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_key_is_given_or_lies_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f" {DATA_KEY}\n")
    assert data_key(Settings.load()) is None
    assert data_key(Settings.load(data_key_file=path)) == DATA_KEY
    settings = Settings.load(data_key="five words of some kind", data_key_file=path)
    assert data_key(settings) == "five words of some kind"
    assert "five words" not in repr(settings)


@pytest.mark.parametrize("content", [None, b"\xff\xfe" * 20])
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataKeyFileUnreadable) as caught:
        data_key(Settings.load(data_key_file=path))
    assert caught.value.values == {"path": path}


@pytest.mark.parametrize("key", ["", " ", "eleven char"])
def test_a_short_key_is_refused(tmp_path: Path, key: str) -> None:
    path = tmp_path / "key"
    path.write_text(key)
    with pytest.raises(DataKeyShort):
        data_key(Settings.load(data_key_file=path))


def test_with_a_key_conversations_are_parked_only_where_somebody_asked_for_that() -> None:
    assert Settings.load().parked_bytes > 0
    assert Settings.load(data_key=DATA_KEY).parked_bytes == 0
    assert Settings.load(data_key=DATA_KEY, parked_gigabytes=2).parked_bytes == 2_000_000_000


def test_the_whole_program_encrypts_asks_for_the_key_and_decrypts(tmp_path: Path) -> None:
    path, parked = tmp_path / "data" / "tertulia.sqlite", tmp_path / "data" / "parked"
    parked.mkdir(parents=True)
    (parked / "one.cells").write_text(MARKER)
    with closing(open_database(sqlite_url(path), tmp_path, migrate)) as database:
        ConversationStore(database).create("ana", title=MARKER)
    assert holders(tmp_path) == {path, parked / "one.cells"}
    with served_app(tmp_path, TERTULIA_DATA_KEY=DATA_KEY) as app:
        with urllib.request.urlopen(f"{app.url.rstrip('/')}/healthz") as answer:  # noqa: S310 (our own page)
            assert answer.status == 200
        assert holders(tmp_path) == set()
    for key, words in ({}, "no key was given"), ({"TERTULIA_DATA_KEY": DATA_KEY[::-1]}, "another key"):
        ended = run_app(tmp_path, **key)
        assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (2, 1)
        assert words in ended.stderr
    ended = run_app(tmp_path, "--decrypt-data", TERTULIA_DATA_KEY=DATA_KEY)
    assert ended.returncode == 0, ended.stderr
    with closing(open_database(sqlite_url(path), tmp_path, not_needed)) as database:
        assert titles(database) == [MARKER]


def holders(folder: Path) -> set[Path]:
    """Files with the marker in them."""
    return {path for path in folder.rglob("*") if path.is_file() and MARKER.encode() in path.read_bytes()}
