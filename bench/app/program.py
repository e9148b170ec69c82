"""A page in a process of its own, as a user starts it: the application, or the least that Gradio can be."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from bench.answer import ContenderFailed
from components.serving import HOUSE_RULES
from settings import child_environment

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
START_LIMIT_S = 180.0
CLOSING_S = 30.0
SECONDS_BETWEEN_LOOKS = 0.01
MEGABYTE = 2**20


class Program:
    """Starts at once; ``start_s`` is from there to the first answer with status 200. Raises ContenderFailed.

    ``start_cpu_s`` is what its own process worked meanwhile: a busy machine lengthens that less.
    """

    def __init__(self, arguments: Sequence[str], port: int, environment: dict[str, str], log: Path) -> None:
        self.port = port
        self._log = log
        started_at = time.monotonic()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait(started_at + START_LIMIT_S)
        except BaseException:
            self.close()
            raise
        self.start_s = time.monotonic() - started_at
        times = psutil.Process(self._process.pid).cpu_times()
        self.start_cpu_s = float(times.user + times.system)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def rss_mb(self) -> float:
        """Resident memory of the process that serves the page."""
        return float(psutil.Process(self._process.pid).memory_info().rss / MEGABYTE)

    @property
    def worker_rss_mb(self) -> float:
        """Resident memory of its child, which carries the model. Pages of the weights' file are counted too."""
        (worker,) = psutil.Process(self._process.pid).children()
        return float(worker.memory_info().rss / MEGABYTE)

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(CLOSING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _wait(self, deadline: float) -> None:
        while not self._is_served():
            if self._process.poll() is not None:
                said = self._log.read_text(errors="replace").strip().splitlines() or [""]
                raise ContenderFailed(f"a page could not be started: {said[-1]}")
            if time.monotonic() > deadline:
                raise ContenderFailed(f"a page was not served within {START_LIMIT_S:.0f} s")
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _is_served(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=START_LIMIT_S)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def start_app(folder: Path, chosen: dict[str, Any]) -> Program:
    """``app.py`` with its log in ``folder``; ``chosen`` are fields of Settings, the folders among them."""
    port = free_port()
    given = {f"TERTULIA_{name.upper()}": str(value) for name, value in chosen.items()}
    return Program(["app.py", "--port", str(port)], port, environment() | given, folder / f"{port}.log")


def start_empty(folder: Path) -> Program:
    """A ``gr.Blocks`` with nothing in it, launched by the same rules."""
    port = free_port()
    arguments = ["-m", "bench.app.empty_page", str(port), json.dumps(HOUSE_RULES)]
    return Program(arguments, port, environment(), folder / f"{port}.log")


def environment() -> dict[str, str]:
    """A user's, with nothing of ours chosen in it, an English console, and no telemetry."""
    kept = {name: value for name, value in child_environment().items() if not name.startswith("TERTULIA_")}
    return kept | {"GRADIO_ANALYTICS_ENABLED": "False", "LANG": "en_US.UTF-8"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
