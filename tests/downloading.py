"""What tests of downloads do: one small model of a hub is got."""

from __future__ import annotations

from collections.abc import Callable

from errors import (
    TertuliaError,
)
from models.download_job import Download, DownloadState
from models.downloads import Downloads
from models.model_folder import ModelFolder
from tests.tiny_gguf import tiny_gguf

REPOSITORY, FILE = "owner/tiny-GGUF", "tiny.Q8_0.gguf"
NAME = f"{REPOSITORY}/{FILE}"
CONTENT = tiny_gguf(300_000)
HALF = 150_000
WAIT_S = 60.0


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
