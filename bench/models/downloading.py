"""A model comes from a hub on the loopback: as we get it, and as it is when it is only read."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from huggingface_hub import get_session

from bench.answer import ContenderFailed
from bench.models.formats import ROOT
from bench.models.hub_process import FILE, REPOSITORY
from bench.models.setup import Setup
from models.download_job import DownloadState
from models.downloads import DownloadOptions, Downloads
from models.hub import HubOptions
from models.model_folder import ModelFolder

GIGABIT = 125_000_000  # bytes a second
READ_BYTES = 1 << 20
WAIT_S = 600.0


def measure_downloads(setup: Setup, round_index: int) -> None:
    """Who begins changes with every round. What the first request of a program costs is not counted."""
    get_session()
    path = setup.file(setup.plan.downloaded)
    for kind, rate in (("paced", GIGABIT), ("unpaced", 0)):
        with _hub(path, rate) as url:
            ways = [("bare", _read), ("download", _download)]
            for name, way in ways if round_index % 2 else reversed(ways):
                setup.record.add(**{f"{name}__{kind}_s": way(url, setup.folder)})


@contextmanager
def _hub(path: Path, rate: int) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.models.hub_process", str(path), str(rate)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def _read(url: str, _: Path) -> float:
    """Through the hub's redirection, too, and into nothing."""
    started_at, piece = time.perf_counter(), bytearray(READ_BYTES)
    with urllib.request.urlopen(f"{url}/{REPOSITORY}/resolve/main/{FILE}") as answer:  # noqa: S310 (our own server)
        while answer.readinto(piece):
            pass
    return time.perf_counter() - started_at


def _download(url: str, folder: Path) -> float:
    with TemporaryDirectory(dir=folder) as models:
        downloads = Downloads(ModelFolder(Path(models)), DownloadOptions(HubOptions(url, token="")))
        with closing(downloads):
            started_at = time.perf_counter()
            state = downloads.wait(downloads.get(REPOSITORY, FILE), WAIT_S).state
            seconds = time.perf_counter() - started_at
    if state is not DownloadState.DONE:
        raise ContenderFailed(f"the download ended as {state}")
    return seconds
