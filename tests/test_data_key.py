"""The operator's key: from a variable or a file, asked for at every start of the whole program."""

from __future__ import annotations

import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from building.console import Console
from building.storage import data_key, open_storage
from components.catalogue import Catalogue
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


@pytest.fixture
def plain_path(tmp_path: Path) -> Path:
    """The database of a program that had no key, with something parked beside it."""
    path, parked = tmp_path / "data" / "tertulia.sqlite", tmp_path / "data" / "parked" / "one.cells"
    parked.parent.mkdir(parents=True)
    parked.write_text(MARKER)
    with closing(open_database(sqlite_url(path), tmp_path, migrate)) as database:
        ConversationStore(database).create("ana", title=MARKER)
    assert holders(tmp_path) == {path, parked}
    return path


def holders(folder: Path) -> set[Path]:
    """Files with the marker in them."""
    return {path for path in folder.rglob("*") if path.is_file() and MARKER.encode() in path.read_bytes()}


def test_a_start_with_a_key_encrypts_says_so_and_is_undone_by_a_command(
    plain_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir = plain_path.parent
    backup = data_dir / "backups" / "tertulia-20260101-revision-0006.sqlite"
    backup.parent.mkdir()
    backup.write_bytes(plain_path.read_bytes())
    settings = Settings.load(data_dir=data_dir, data_key=DATA_KEY)
    console = Console(Catalogue.load(), "en")
    open_storage(settings, console, settings.database, data_dir / "backups").close()
    encrypting, plain = capsys.readouterr().out.splitlines()
    assert "Encrypting" in encrypting
    assert backup.name in plain
    assert holders(data_dir) == {backup}
    backup.unlink()
    open_storage(settings, console, settings.database, data_dir / "backups").close()
    assert capsys.readouterr().out == ""
    ended = run_app(data_dir.parent, "--decrypt-data")
    assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (2, 1)
    assert "no key was given" in ended.stderr
    ended = run_app(data_dir.parent, "--decrypt-data", TERTULIA_DATA_KEY=DATA_KEY)
    assert ended.returncode == 0, ended.stderr
    with closing(open_database(sqlite_url(plain_path), data_dir, not_needed)) as database:
        assert titles(database) == [MARKER]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_program_encrypts_and_asks_for_the_key(plain_path: Path, tmp_path: Path) -> None:
    with served_app(tmp_path, TERTULIA_DATA_KEY=DATA_KEY) as app:
        with urllib.request.urlopen(f"{app.url.rstrip('/')}/healthz") as answer:  # noqa: S310 (our own page)
            assert answer.status == 200
        assert holders(tmp_path) == set()
    ended = run_app(tmp_path, TERTULIA_DATA_KEY=DATA_KEY[::-1])
    assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (2, 1)
    assert "another key" in ended.stderr
