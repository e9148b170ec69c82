"""Downloads of a program that is killed, and on a disk that is full."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from errors import ModelAlreadyComing
from models.download_job import DownloadState
from models.downloads import DownloadOptions, Downloads
from models.hub import HubOptions
from models.model_folder import ModelFolder
from tests.download_writer import FILE, REPOSITORY
from tests.scripted_hub import HubFile, ScriptedHub, scripted_hub
from tests.tiny_gguf import tiny_gguf

ROOT = Path(__file__).parent.parent
NAME = f"{REPOSITORY}/{FILE}"
CONTENT = tiny_gguf(3_000_000)
HALF = 1_500_000
WAIT_S = 60.0
ON_SMALL_DISK = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'


@pytest.fixture
def hub() -> Iterator[ScriptedHub]:
    with scripted_hub() as hub:
        hub.add(REPOSITORY, FILE, CONTENT)
        yield hub


@pytest.fixture
def file(hub: ScriptedHub) -> HubFile:
    return hub.files[REPOSITORY, FILE]


@contextmanager
def writer(hub: ScriptedHub, folder: Path, *before: str) -> Iterator[subprocess.Popen[str]]:
    command = [*before, sys.executable, "-m", "tests.download_writer", hub.url, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    return (line.strip() for line in process.stdout)


def test_what_came_before_the_program_was_killed_is_not_asked_for_again(
    hub: ScriptedHub, file: HubFile, tmp_path: Path
) -> None:
    file.held_at = HALF
    folder = ModelFolder(tmp_path / "models")
    downloads = Downloads(folder, DownloadOptions(HubOptions(hub.url, token="")))
    with writer(hub, folder.folder) as process:
        assert str(HALF) in told(process)
        downloads.get(REPOSITORY, FILE)
        assert isinstance(downloads.wait(NAME, WAIT_S).error, ModelAlreadyComing)
        process.kill()
    assert [(left.name, left.num_bytes) for left in folder.unfinished()] == [(NAME, HALF)]
    file.go_on.set()
    downloads.get(REPOSITORY, FILE)
    assert downloads.wait(NAME, WAIT_S).state is DownloadState.DONE
    assert hub.of_store()[-1].range == f"bytes={HALF}-"
    assert folder.path(NAME).read_bytes() == CONTENT
    assert folder.unfinished() == []


def get_until_killed(hub: ScriptedHub, folder: ModelFolder, num_lines: int) -> int:
    """Let the writer be killed somewhere after its ``num_lines``-th word. Returns how many bytes it had told of."""
    with writer(hub, folder.folder) as process:
        words = told(process)
        heard = [next(words, "") for _ in range(num_lines)]
        process.kill()
        heard += words
    assert not any(word.startswith(DownloadState.FAILED) for word in heard), heard[-3:]
    return max((int(word) for word in heard if word.isdecimal()), default=0)


def kill_often(hub: ScriptedHub, file: HubFile, folder: ModelFolder, times: int) -> None:
    draw = random.Random(20)
    kept = 0
    for _ in range(times):
        num_asked = len(hub.of_store())
        num_told = get_until_killed(hub, folder, draw.randint(1, 12))
        ranges = [asked.range for asked in hub.of_store()[num_asked:]]
        assert ranges in ([], [f"bytes={kept}-" if kept else ""]), "what was here was asked for again"
        if folder.place(NAME).exists():
            assert folder.path(NAME).read_bytes() == file.content
            folder.delete(NAME)
            kept = 0
            continue
        left = sum(part.num_bytes for part in folder.unfinished())
        assert left >= max(kept, num_told), "what had come is gone"
        kept = left
    with writer(hub, folder.folder) as process:
        *_, end = told(process)
    assert end == DownloadState.DONE
    assert folder.path(NAME).read_bytes() == file.content
    assert folder.unfinished() == []


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_again_and_again_a_model_comes_whole_and_no_byte_twice(
    hub: ScriptedHub, tmp_path: Path, times: int
) -> None:
    file = hub.add(REPOSITORY, FILE, tiny_gguf(6_000_000))
    file.bytes_per_second = 6e6
    kill_often(hub, file, ModelFolder(tmp_path / "models"), times)


def test_a_quota_that_is_used_up_is_told_and_leaves_room_for_others(hub: ScriptedHub, tmp_path: Path) -> None:
    """A disk of one megabyte, as a quota is: the program is told of more room than there is."""
    small = tmp_path / "small"
    small.mkdir()
    own_mounts = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_SMALL_DISK, "sh", str(small)]
    if subprocess.run([*own_mounts, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets no program have mounts of its own")
    with writer(hub, small / "models", *own_mounts) as process:
        *_, end = told(process)
    assert end == "failed error_no_room_for_model"
