"""The program and its data folder: one at a time, and nothing kept there is harmed by a start that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.folder_lock import lock_folder
from tests.databases import set_revision, sqlite_url
from tests.served_app import run_app, served_app

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def kept(tmp_path: Path, sqlite_original: Path) -> Path:
    """The database where the program keeps it."""
    path = tmp_path / "data" / "tertulia.sqlite"
    path.parent.mkdir()
    path.write_bytes(sqlite_original.read_bytes())
    return path


def refusal(folder: Path, *arguments: str, **settings: str) -> str:
    """The one sentence of a start that fails."""
    ended = run_app(folder, "--port", "0", *arguments, **settings)
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    return ended.stderr


@pytest.mark.timeout(900)  # three programs, each with a limit of its own, and what is free of a busy machine
def test_a_second_program_stays_out_of_the_folder_but_may_check_the_installation(tmp_path: Path) -> None:
    with served_app(tmp_path) as app:
        assert str(app.data) in refusal(tmp_path)
        checked = run_app(tmp_path, "--check", TERTULIA_MAX_ANSWER_TOKENS="8")
    assert checked.returncode == 0, checked.stderr
    assert "tokens per second" in checked.stdout
    lock_folder(app.data).release()  # the folder is free again


def test_a_damaged_database_is_one_sentence_and_stays_as_it_is(tmp_path: Path, kept: Path) -> None:
    kept.write_bytes(b"not a database at all" * 1_000)
    before = kept.read_bytes()
    assert str(kept) in refusal(tmp_path)
    assert kept.read_bytes() == before


def test_a_database_of_a_newer_version_is_one_sentence_and_stays_as_it_is(tmp_path: Path, kept: Path) -> None:
    set_revision(sqlite_url(kept), "9999")
    before = kept.read_bytes()
    sentence = refusal(tmp_path)
    assert str(kept) in sentence
    assert "newer" in sentence
    assert kept.read_bytes() == before


@pytest.mark.parametrize(
    "url", ["postgresql://ana:hunter2@127.0.0.1:1/tertulia", "mysql://ana:hunter2@127.0.0.1/x", "hunter2"]
)
def test_a_database_that_cannot_be_had_is_one_sentence_without_its_password(tmp_path: Path, url: str) -> None:
    sentence = refusal(tmp_path, TERTULIA_DATABASE_URL=url)
    assert "database" in sentence
    assert "hunter2" not in sentence


def test_check_opens_no_database(tmp_path: Path, kept: Path) -> None:
    kept.write_bytes(b"not a database at all")
    assert run_app(tmp_path, "--check").returncode == 0
    assert kept.read_bytes() == b"not a database at all"
