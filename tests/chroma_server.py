"""A real Chroma server for tests, as an operator starts it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from settings import child_environment


@contextmanager
def chroma(folder: Path, port: int) -> Iterator[str]:
    """`chroma run`, as an operator starts it."""
    program = Path(sys.executable).parent / "chroma"
    command = [str(program), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, env=child_environment(), stdout=log, stderr=log) as server,
    ):
        url = f"http://127.0.0.1:{port}"
        try:
            while not _answers(url):
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)  # another process
            yield url
        finally:
            server.kill()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v2/heartbeat", trust_env=False).is_success
    except httpx.TransportError:
        return False
