from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from filelock import FileLock

from errors import (
    DownloadInterrupted,
    HubTokenRefused,
    ModelAlreadyComing,
    ModelFileBroken,
    ModelFileMissing,
    ModelFileSplit,
    ModelFileUnsound,
    ModelHashWrong,
    ModelNotSaved,
    NoRoomForModel,
)
from models.disk_room import LOOKED_EVERY_BYTES, SPARED_BYTES, RoomySource, give_back
from models.download_job import DownloadState
from models.download_source import Bytes
from models.downloads import DownloadOptions, Downloads
from models.gguf import Tensor
from models.model_folder import ModelFolder
from models.transfer import Patience
from tests.downloading import CONTENT, FILE, HALF, NAME, REPOSITORY, WAIT_S, error_of, files, get, wait_until
from tests.gguf_writer import gguf_bytes, llama_values
from tests.scripted_hub import HubFile, ScriptedHub

pytest_plugins = ["tests.download_fixtures"]


def test_a_server_that_falls_silent_is_left_and_what_came_is_kept(
    file: HubFile, folder: ModelFolder, options: DownloadOptions
) -> None:
    file.held_at = HALF
    hub_options = replace(options.hub, timeout_s=0.2)
    downloads = Downloads(folder, replace(options, hub=hub_options, patience=Patience(max_tries=0)))
    assert isinstance(error_of(get(downloads)), DownloadInterrupted)
    assert folder.unfinished()[0].num_bytes == HALF


def test_how_fast_a_slow_server_is_and_when_it_will_be_done_is_told(
    file: HubFile, folder: ModelFolder, options: DownloadOptions
) -> None:
    """Of a clock that goes on a second whenever it is looked at."""
    file.held_at = HALF
    downloads = Downloads(folder, replace(options, clock=count(0.0, 1.0).__next__))
    downloads.get(REPOSITORY, FILE)
    wait_until(downloads, lambda found: found.num_done == HALF)
    found = downloads.progress(NAME)
    assert found.bytes_per_second is not None
    assert found.seconds_left is not None
    assert 0 < found.bytes_per_second <= HALF
    assert found.seconds_left >= (len(CONTENT) - HALF) / HALF
    file.go_on.set()
    assert downloads.wait(NAME, WAIT_S).state is DownloadState.DONE


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


def split_model() -> bytes:
    values = llama_values() | {"split.no": 0, "split.count": 3}
    return gguf_bytes(values, [Tensor("w", 0, (64, 64))])


def test_one_part_of_several_is_not_kept_whatever_its_name(
    tmp_path: Path, hub: ScriptedHub, downloads: Downloads, folder: ModelFolder
) -> None:
    hub.add(REPOSITORY, FILE, split_model())
    assert isinstance(error_of(get(downloads)), ModelFileSplit)
    assert files(folder) == []
    (tmp_path / "theirs.gguf").write_bytes(split_model())
    with pytest.raises(ModelFileSplit):
        downloads.bring(tmp_path / "theirs.gguf")
    with pytest.raises(ModelFileSplit):
        downloads.get(REPOSITORY, "tiny-00001-of-00003.gguf")


@pytest.mark.parametrize("token", ["hf_hunter2", "hf_hunter2\nX-More: 1", "hf_hunter2 ñ"])
def test_a_token_is_told_to_nobody_who_reads_of_the_fault(
    token: str, folder: ModelFolder, options: DownloadOptions, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hub_options = replace(options.hub, token=token)
    found = get(Downloads(folder, replace(options, hub=hub_options)))
    assert isinstance(error_of(found), HubTokenRefused)
    told = [caplog.text, repr(hub_options), repr(found), *traceback.format_exception(error_of(found))]
    assert not any("hunter2" in text for text in told)


def test_a_model_that_has_no_room_is_not_begun(
    hub: ScriptedHub, file: HubFile, folder: ModelFolder, options: DownloadOptions
) -> None:
    downloads = Downloads(folder, replace(options, free_bytes=lambda _: SPARED_BYTES + len(CONTENT) - 1))
    assert error_of(get(downloads)).values == {"name": NAME, "needed": 201, "free": 200}
    assert hub.of_store() == []
    exactly = Downloads(folder, replace(options, free_bytes=lambda _: SPARED_BYTES + len(CONTENT)))
    assert get(exactly).state is DownloadState.DONE


class Flood:
    """A source of zeros, a step at a time."""

    num_bytes = 4 * LOOKED_EVERY_BYTES
    version = sha256 = "0" * 64

    @contextmanager
    def read(self, start: int) -> Iterator[Bytes]:
        yield start, (bytes(LOOKED_EVERY_BYTES) for _ in range(start, self.num_bytes, LOOKED_EVERY_BYTES))


def test_a_disk_that_others_fill_is_left_before_it_is_full() -> None:
    free = iter([SPARED_BYTES, SPARED_BYTES - 1])
    come: list[bytes] = []
    with RoomySource(NAME, Flood(), lambda: next(free)).read(0) as (_, pieces), pytest.raises(NoRoomForModel) as raised:
        come.extend(pieces)
    assert sum(map(len, come)) == 2 * LOOKED_EVERY_BYTES
    assert raised.value.values == {"name": NAME, "needed": 300, "free": 199}


def test_a_full_disk_gets_back_what_conversations_need(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.touch()
    os.truncate(part, SPARED_BYTES + 7)
    give_back(part)
    assert part.stat().st_size == 7
    give_back(part)
    assert part.stat().st_size == 0


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


def test_what_is_no_model_of_this_machine_is_said_at_once(tmp_path: Path, downloads: Downloads) -> None:
    (tmp_path / "broken.gguf").write_bytes(CONTENT[:1_000])
    with pytest.raises(ModelFileBroken):
        downloads.bring(tmp_path / "broken.gguf")
    with pytest.raises(ModelFileMissing):
        downloads.bring(tmp_path / "missing.gguf")
    assert downloads.all() == []
