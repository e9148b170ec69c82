from __future__ import annotations

from pathlib import Path

import pytest

from errors import (
    DownloadInterrupted,
    ModelAlreadyComing,
    ModelAlreadyHere,
    ModelNotHere,
)
from models.download_job import DownloadState
from models.downloads import DownloadOptions, Downloads
from models.model_folder import ModelFolder
from tests.downloading import CONTENT, FILE, HALF, NAME, REPOSITORY, WAIT_S, error_of, files, get, wait_until
from tests.scripted_hub import HubFile, ScriptedHub
from tests.tiny_gguf import tiny_gguf

pytest_plugins = ["tests.download_fixtures"]


def test_a_model_comes_whole(downloads: Downloads, folder: ModelFolder) -> None:
    found = get(downloads)
    assert (found.name, found.state) == (NAME, DownloadState.DONE)
    assert (found.num_done, found.num_bytes) == (len(CONTENT), len(CONTENT))
    assert folder.path(NAME).read_bytes() == CONTENT
    assert files(folder) == [FILE]
    with pytest.raises(ModelAlreadyHere):
        downloads.get(REPOSITORY, FILE)


def test_a_download_that_is_stopped_goes_on_later(
    hub: ScriptedHub, file: HubFile, downloads: Downloads, folder: ModelFolder
) -> None:
    file.held_at = HALF
    downloads.get(REPOSITORY, FILE)
    wait_until(downloads, lambda found: found.num_done == HALF)
    assert downloads.progress(NAME).num_bytes == len(CONTENT)
    with pytest.raises(ModelAlreadyComing):
        downloads.get(REPOSITORY, FILE)
    downloads.cancel(NAME)
    assert downloads.progress(NAME).state is DownloadState.STOPPED
    file.go_on.set()
    assert get(downloads).state is DownloadState.DONE
    assert [asked.range for asked in hub.of_store()] == ["", f"bytes={HALF}-"]
    assert folder.path(NAME).read_bytes() == CONTENT


def test_the_next_start_of_the_program_goes_on(
    hub: ScriptedHub, file: HubFile, downloads: Downloads, folder: ModelFolder, options: DownloadOptions
) -> None:
    file.cuts = [HALF, 0, 0, 0]
    assert isinstance(error_of(get(downloads)), DownloadInterrupted)
    (unfinished,) = folder.unfinished()
    assert (unfinished.name, unfinished.num_bytes) == (NAME, HALF)
    file.cuts = []
    assert get(Downloads(folder, options)).state is DownloadState.DONE
    assert hub.of_store()[-1].range == f"bytes={HALF}-"
    assert folder.path(NAME).read_bytes() == CONTENT


def test_a_file_that_was_changed_at_the_hub_is_begun_again(
    hub: ScriptedHub, file: HubFile, downloads: Downloads, folder: ModelFolder
) -> None:
    file.cuts = [HALF, 0, 0, 0]
    get(downloads)
    other = tiny_gguf(300_000, seed=1)
    hub.add(REPOSITORY, FILE, other)
    assert get(downloads).state is DownloadState.DONE
    assert folder.path(NAME).read_bytes() == other
    assert files(folder) == [FILE]


def test_a_connection_that_is_cut_is_taken_up_again(
    hub: ScriptedHub, file: HubFile, downloads: Downloads, folder: ModelFolder
) -> None:
    file.cuts = [100_000, 50_000]
    file.statuses = [503, 403]  # a store that is busy, and an address that is not good any more
    assert get(downloads).state is DownloadState.DONE
    assert [asked.range for asked in hub.of_store()] == ["", "", "", "bytes=100000-", "bytes=150000-"]
    assert folder.path(NAME).read_bytes() == CONTENT


def test_a_store_that_knows_no_ranges_is_read_from_the_beginning(
    file: HubFile, downloads: Downloads, folder: ModelFolder
) -> None:
    file.cuts = [HALF]
    file.knows_ranges = False
    assert get(downloads).state is DownloadState.DONE
    assert folder.path(NAME).read_bytes() == CONTENT


def test_a_small_file_comes_from_the_hub_itself(
    hub: ScriptedHub, file: HubFile, downloads: Downloads, folder: ModelFolder
) -> None:
    file.is_large = False
    assert get(downloads).state is DownloadState.DONE
    assert hub.of_store() == []
    assert folder.path(NAME).read_bytes() == CONTENT


def test_what_is_thrown_away_leaves_nothing(file: HubFile, downloads: Downloads, folder: ModelFolder) -> None:
    file.cuts = [HALF, 0, 0, 0]
    get(downloads)
    downloads.discard(NAME)
    assert folder.unfinished() == []
    assert downloads.all() == []
    with pytest.raises(ModelNotHere):
        downloads.discard(NAME)
    with pytest.raises(ModelNotHere):
        downloads.progress(NAME)


def test_a_model_of_this_machine_is_brought_without_a_copy(
    tmp_path: Path, downloads: Downloads, folder: ModelFolder
) -> None:
    (tmp_path / "theirs.gguf").write_bytes(CONTENT)
    found = downloads.wait(downloads.bring(tmp_path / "theirs.gguf"), WAIT_S)
    assert (found.name, found.state, found.num_bytes) == ("local/theirs.gguf", DownloadState.DONE, len(CONTENT))
    assert folder.path(found.name).samefile(tmp_path / "theirs.gguf")
    downloads.discard(found.name)
    assert (tmp_path / "theirs.gguf").read_bytes() == CONTENT
