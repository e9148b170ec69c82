"""Runs one function over a hostile file in a fresh Python that has little memory, little time and no network.

The child is started anew for every job, so that nothing of one document is left when the next is read. What it sends
back is JSON or bytes and is never unpickled: a child that a document took over can lie, but it cannot make us run
anything. The child shuts its own doors (``safety.sandbox_child``); what must hold even if it does not, wall clock,
memory and the size of the result, is watched from here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

import errors
from errors import TertuliaError

ROOT = Path(__file__).resolve().parents[1]
POLL_S = 0.05
MAX_HEADER_BYTES = 1_000
NEAR_LIMIT = 0.75
HAS_GROUPS = os.name == "posix"  # where a child can lead a group of its own, which is ended as one
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
}  # each maps memory of its own


class SandboxFailed(Exception):
    """A job gave no result; the kinds below say why."""


class SandboxExceeded(SandboxFailed):
    """It took more time, memory or room than it may."""


class SandboxCrashed(SandboxFailed):
    """Its process ended, or the function raised what it should not."""


class SandboxCancelled(SandboxFailed):
    """Whoever started it did not want it any more."""


@dataclass(frozen=True)
class Limits:
    """What one job may take. ``programs`` are the paths of the programs it may start, each under the same limits."""

    memory_bytes: int = 512_000_000
    cpu_s: int = 20
    wall_s: float = 30.0
    file_bytes: int = 1_000_000
    result_bytes: int = 64_000_000
    num_files: int = 64
    programs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Caller:
    """What the one who starts a job brings along.

    ``environment`` must hold no secrets. ``on_progress`` is called with whatever JSON the function reports, in the
    thread that waits; ``cancelled`` ends the job when it is set.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    on_progress: Callable[[Any], None] | None = None
    cancelled: threading.Event | None = None


def run_limited(function: str, argument: Any, limits: Limits, caller: Caller | None = None) -> Any:
    """The JSON or bytes that ``function`` ("package.module:name") returns for ``argument``, which must be JSON too.

    It is called as ``name(argument, report)``, in an empty folder of its own. Blocks. Raises SandboxExceeded,
    SandboxCrashed, SandboxCancelled, or the TertuliaError that the function raised.
    """
    caller = caller or Caller()
    with tempfile.TemporaryDirectory(prefix="tertulia-", ignore_cleanup_errors=True) as folder:
        job = {"function": function, "argument": argument, "folder": folder, "limits": asdict(limits)}
        child = _spawn(caller.environment, folder)
        watch = _Watch(child, limits, caller.cancelled)
        try:
            return _converse(child, job, limits, caller.on_progress, watch)
        finally:
            watch.end()


def _spawn(environment: Mapping[str, str], folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "safety.sandbox_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**environment, **ONE_THREAD, "TMPDIR": folder, "TEMP": folder, "TMP": folder},
        start_new_session=HAS_GROUPS,
    )


def _converse(
    child: subprocess.Popen[bytes],
    job: Mapping[str, Any],
    limits: Limits,
    on_progress: Callable[[Any], None] | None,
    watch: _Watch,
) -> Any:
    if child.stdin is None or child.stdout is None:
        raise AssertionError("both were asked for")
    with suppress(BrokenPipeError):  # it is over already: its silence says so below
        child.stdin.write(json.dumps(job).encode())
        child.stdin.close()
    while True:
        kind, body = _receive(child.stdout, limits.result_bytes)
        if kind == "progress":
            if on_progress is not None:
                on_progress(_parsed(body))
        elif kind == "bytes":
            return body
        elif kind == "result":
            return _parsed(body)
        else:
            watch.raise_why()
            raise _fault(kind, body, child, watch)


def _receive(stream: IO[bytes], max_bytes: int) -> tuple[str, bytes]:
    """One frame: a line with what it is and its size, then that many bytes. ("gone", b"") when there is none."""
    kind, _, size = stream.readline(MAX_HEADER_BYTES).decode("ascii", errors="replace").rstrip("\n").partition(" ")
    if not (size.isascii() and size.isdigit() and len(size) < 12):
        return "gone", b""
    if int(size) > max_bytes:
        return "exceeded", b""
    body = stream.read(int(size))
    return (kind, body) if len(body) == int(size) else ("gone", b"")


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SandboxCrashed("it sent no JSON") from error


def _fault(kind: str, body: bytes, child: subprocess.Popen[bytes], watch: _Watch) -> Exception:
    if kind == "refused":
        return _refusal(_parsed(body))
    if kind == "exceeded":
        return SandboxExceeded("memory or size")
    if kind == "failed":
        return SandboxCrashed(body.decode("utf-8", errors="replace")[:200])
    _kill(child)  # it is ending or has ended already: what it started ends with it, and its own cause stays
    child.wait()
    if watch.was_near_its_limit:
        return SandboxExceeded("memory: libraries crash when they get no more")
    if HAS_GROUPS and child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):  # SIGKILL: the system ran out of memory
        return SandboxExceeded("time or memory")
    return SandboxCrashed(f"ended with {child.returncode}")


def _refusal(body: Any) -> Exception:
    """The error of ours that the child names, if there is one of that name."""
    name, values = (body.get("error"), body.get("values")) if isinstance(body, dict) else (None, None)
    found = getattr(errors, name, None) if isinstance(name, str) else None
    if isinstance(found, type) and issubclass(found, TertuliaError) and isinstance(values, dict):
        return found(**{key: value for key, value in values.items() if isinstance(value, str | int | float)})
    return SandboxCrashed("it named no error of ours")


class _Watch:
    """Ends the child when it takes too much, from a thread of its own, and tells why."""

    def __init__(self, child: subprocess.Popen[bytes], limits: Limits, cancelled: threading.Event | None) -> None:
        self._child = child
        self._limits = limits
        self._cancelled = cancelled
        self._over = threading.Event()
        self._why: SandboxFailed | None = None
        self._most_bytes = 0
        self._thread = threading.Thread(target=self._run, name="sandbox-watch", daemon=True)
        self._thread.start()

    def raise_why(self) -> None:
        """Raise what it was ended for, if it was."""
        if self._why is not None:
            raise self._why

    @property
    def was_near_its_limit(self) -> bool:
        """True when it has had nearly all the memory that it may reserve."""
        return self._most_bytes > NEAR_LIMIT * self._limits.memory_bytes

    def end(self) -> None:
        """Nothing of the job is left when this returns."""
        self._over.set()
        self._thread.join()
        _kill(self._child)
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _run(self) -> None:
        deadline = time.monotonic() + self._limits.wall_s
        while not self._over.wait(POLL_S):
            if self._cancelled is not None and self._cancelled.is_set():
                self._why = SandboxCancelled()
            elif time.monotonic() > deadline:
                self._why = SandboxExceeded("wall clock")
            elif self._resident_bytes() > self._limits.memory_bytes:
                self._why = SandboxExceeded("memory")
            if self._why is not None:
                _kill(self._child)
                return

    def _resident_bytes(self) -> int:
        """Watched besides the child's own limit, which macOS does not keep and Windows does not have."""
        try:
            memory = psutil.Process(self._child.pid).memory_info()
        except psutil.Error:
            return 0
        if sys.platform == "linux":  # elsewhere what is reserved says nothing
            self._most_bytes = max(self._most_bytes, memory.vms)
        return int(memory.rss)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started. Called before it is waited for, so that its number is still its own."""
    if child.returncode is not None:
        return
    if HAS_GROUPS:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        return
    with suppress(psutil.Error):
        for process in psutil.Process(child.pid).children(recursive=True):
            with suppress(psutil.Error):
                process.kill()
    child.kill()
