from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from errors import (
    DownloadInterrupted,
    ModelAlreadyComing,
    ModelAlreadyHere,
    ModelFileBroken,
    ModelFileMissing,
    ModelFileUnsound,
    ModelHashWrong,
    ModelNotHere,
    ModelNotSaved,
    NoRoomForModel,
    TertuliaError,
)
from models.download_job import Download, DownloadState
from models.downloads import SPARED_BYTES, DownloadOptions, Downloads
from models.hub import HubOptions
from models.model_folder import ModelFolder
from models.transfer import Patience
from tests.scripted_hub import HubFile, ScriptedHub, scripted_hub
from tests.tiny_gguf import tiny_gguf

REPOSITORY, FILE = "owner/tiny-GGUF", "tiny.Q8_0.gguf"
NAME = f"{REPOSITORY}/{FILE}"
CONTENT = tiny_gguf(300_000)
HALF = 150_000
WAIT_S = 60.0


@pytest.fixture
def hub() -> Iterator[ScriptedHub]:
    with scripted_hub() as hub:
        hub.add(REPOSITORY, FILE, CONTENT)
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


@pytest.fixture
def options(hub: ScriptedHub) -> DownloadOptions:
    hub_options = HubOptions(hub.url, token="", timeout_s=WAIT_S)
    return DownloadOptions(hub_options, Patience(max_tries=2, wait_s=0.0), lambda _: 10**12)


@pytest.fixture
def downloads(folder: ModelFolder, options: DownloadOptions) -> Iterator[Downloads]:
    downloads = Downloads(folder, options)
    yield downloads
    downloads.close()


@pytest.fixture
def file(hub: ScriptedHub) -> HubFile:
    return hub.files[REPOSITORY, FILE]


def get(downloads: Downloads, **options: str) -> Download:
    name = downloads.get(REPOSITORY, FILE, **options)
    found = downloads.wait(name, WAIT_S)
    assert found.is_over
    return found


def error_of(found: Download) -> TertuliaError:
    assert found.state is DownloadState.FAILED
    assert found.error is not None
    return found.error


def wait_until(downloads: Downloads, is_so: Callable[[Download], bool]) -> None:
    version = -1
    while not is_so(found := downloads.progress(NAME)):
        assert not found.is_over, found
        version = downloads.wait_for_change(version, WAIT_S)


def files(folder: ModelFolder) -> list[str]:
    return [path.name for path in folder.folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


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


def test_a_server_that_falls_silent_is_left_and_what_came_is_kept(
    file: HubFile, folder: ModelFolder, options: DownloadOptions
) -> None:
    file.held_at = HALF
    hub_options = replace(options.hub, timeout_s=0.2)
    downloads = Downloads(folder, replace(options, hub=hub_options, patience=Patience(max_tries=0)))
    assert isinstance(error_of(get(downloads)), DownloadInterrupted)
    assert folder.unfinished()[0].num_bytes == HALF


def test_other_bytes_than_those_that_were_published_are_not_kept(
    file: HubFile, downloads: Downloads, folder: ModelFolder
) -> None:
    file.sha256 = "0" * 64
    assert isinstance(error_of(get(downloads)), ModelHashWrong)
    assert files(folder) == []


def test_the_hash_of_the_catalogue_is_compared_before_a_byte_is_read(hub: ScriptedHub, downloads: Downloads) -> None:
    assert isinstance(error_of(get(downloads, sha256="0" * 64)), ModelHashWrong)
    assert hub.of_store() == []


def test_what_is_no_model_is_not_kept(hub: ScriptedHub, downloads: Downloads, folder: ModelFolder) -> None:
    hub.add(REPOSITORY, FILE, b"<!doctype html><title>Sign in</title>" * 10_000)
    assert isinstance(error_of(get(downloads)), ModelFileUnsound)
    assert files(folder) == []


def test_a_small_file_comes_from_the_hub_itself(
    hub: ScriptedHub, file: HubFile, downloads: Downloads, folder: ModelFolder
) -> None:
    file.is_large = False
    assert get(downloads).state is DownloadState.DONE
    assert hub.of_store() == []
    assert folder.path(NAME).read_bytes() == CONTENT


def test_a_model_that_has_no_room_is_not_begun(
    hub: ScriptedHub, file: HubFile, folder: ModelFolder, options: DownloadOptions
) -> None:
    downloads = Downloads(folder, replace(options, free_bytes=lambda _: SPARED_BYTES + len(CONTENT) - 1))
    assert error_of(get(downloads)).values == {"name": NAME, "needed": 201, "free": 200}
    assert hub.of_store() == []
    exactly = Downloads(folder, replace(options, free_bytes=lambda _: SPARED_BYTES + len(CONTENT)))
    assert get(exactly).state is DownloadState.DONE


def test_what_others_will_still_write_has_its_room(
    hub: ScriptedHub, folder: ModelFolder, options: DownloadOptions
) -> None:
    hub.add(REPOSITORY, "other.gguf", CONTENT).held_at = 1_000
    downloads = Downloads(folder, replace(options, free_bytes=lambda _: SPARED_BYTES + len(CONTENT)))
    other = downloads.get(REPOSITORY, "other.gguf")
    while downloads.progress(other).num_done < 1_000:
        downloads.wait_for_change(downloads.version, 0.1)
    assert isinstance(error_of(get(downloads)), NoRoomForModel)
    hub.files[REPOSITORY, "other.gguf"].go_on.set()
    assert downloads.wait(other, WAIT_S).state is DownloadState.DONE
    assert [found.name for found in downloads.all()] == [other, NAME]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, options: DownloadOptions) -> None:
    (tmp_path / "models").write_text("a file")
    assert isinstance(error_of(get(Downloads(ModelFolder(tmp_path / "models"), options))), ModelNotSaved)


def test_another_program_that_gets_the_same_model_is_not_disturbed(downloads: Downloads, folder: ModelFolder) -> None:
    folder.lock(NAME).parent.mkdir(parents=True)
    with FileLock(folder.lock(NAME)):
        assert isinstance(error_of(get(downloads)), ModelAlreadyComing)
    assert get(downloads).state is DownloadState.DONE


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


def test_what_is_no_model_of_this_machine_is_said_at_once(tmp_path: Path, downloads: Downloads) -> None:
    (tmp_path / "broken.gguf").write_bytes(CONTENT[:1_000])
    with pytest.raises(ModelFileBroken):
        downloads.bring(tmp_path / "broken.gguf")
    with pytest.raises(ModelFileMissing):
        downloads.bring(tmp_path / "missing.gguf")
    assert downloads.all() == []
