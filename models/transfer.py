"""Brings one file here, whole and checked: goes on where it was, tries again when it is cut, stops when it is told to.

The hash is taken of what comes while it comes, and of what was here before at the beginning. Hashing and writing happen
in a thread beside the one that waits for the network.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from io import FileIO
from pathlib import Path

from errors import DownloadInterrupted, ModelFileBroken, ModelFileSplit, ModelFileUnsound, ModelHashWrong
from models.download_source import PIECE_BYTES, Source, SourceCut
from models.gguf import MAGIC, read_gguf
from models.write_behind import WriteBehind

SPEED_WINDOW_S = 5.0
SPEED_STEP_S = 0.2  # between two points of the window
SYNC_BYTES = 64 << 20  # a disk that gets gigabytes at the end holds up whoever else writes


@dataclass(frozen=True)
class Patience:
    """``max_tries`` in a row that bring nothing; the wait between them doubles."""

    max_tries: int = 6
    wait_s: float = 1.0
    longest_wait_s: float = 30.0

    def wait(self, num_tries: int) -> float:
        return float(min(self.longest_wait_s, self.wait_s * 2 ** (num_tries - 1)))


class TransferStopped(Exception):
    """Somebody did not want it any more."""


@dataclass
class Meter:
    """How far a transfer is; read by others while it runs. ``on_change`` is called at each step."""

    on_change: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    num_bytes: int | None = None
    num_done: int = 0
    _points: deque[tuple[float, int]] = field(default_factory=deque)

    def begin(self, num_bytes: int, num_done: int) -> None:
        """What was here before counts as done, but not as fast."""
        self.num_bytes, self.num_done = num_bytes, num_done
        self._points = deque([(self.clock(), num_done)])
        self.on_change()

    def move(self, num_done: int) -> None:
        self.num_done = num_done
        now = self.clock()
        if now - self._points[-1][0] >= SPEED_STEP_S:
            self._points.append((now, num_done))
            while now - self._points[0][0] > SPEED_WINDOW_S and len(self._points) > 2:
                self._points.popleft()
        self.on_change()

    @property
    def bytes_per_second(self) -> float | None:
        """Of the last seconds, up to this very moment: what does not move slows down. None at the beginning."""
        if not self._points:
            return None
        begun_at, before = self._points[0]
        elapsed = self.clock() - begun_at
        return (self.num_done - before) / elapsed if elapsed >= SPEED_STEP_S else None

    @property
    def seconds_left(self) -> float | None:
        """None as long as nobody can tell."""
        speed = self.bytes_per_second
        return (self.num_bytes - self.num_done) / speed if speed and self.num_bytes is not None else None


class Transfer:
    """One file of ``source`` into ``part``. To be run once."""

    def __init__(self, name: str, source: Source, part: Path, meter: Meter, sha256: str | None = None) -> None:
        """``sha256``: of the whole file, where somebody besides the source knows it."""
        self._name = name
        self._source = source
        self._part = part
        self._meter = meter
        self._sha256 = {known.lower() for known in (sha256, source.sha256) if known}
        self._digest = hashlib.sha256()
        self._num_done = 0
        self._head = b""

    def run(self, stop: threading.Event, patience: Patience) -> None:
        """Raises TransferStopped and DownloadInterrupted, where the part is kept; else the part is gone when it fails.

        Those are ModelHashWrong, ModelFileUnsound and ModelFileSplit. Whatever cannot be written is an OSError.
        """
        if len(self._sha256) > 1:
            raise ModelHashWrong(name=self._name)
        try:
            was_begun = self._part.exists()
            self._fill(stop, patience)
            if was_begun and not self._is_right():  # what was here before may have been spoilt by a power cut
                self._part.unlink()
                self._fill(stop, patience)
            if not self._is_right():
                raise ModelHashWrong(name=self._name)
            self._check_header()
        except (ModelHashWrong, ModelFileUnsound, ModelFileSplit):
            self._part.unlink(missing_ok=True)
            raise

    def _is_right(self) -> bool:
        return not self._sha256 or self._digest.hexdigest() in self._sha256

    def _check_header(self) -> None:
        try:
            header = read_gguf(self._part)
        except ModelFileBroken as error:
            raise ModelFileUnsound(name=self._name) from error
        if header.num_files > 1:  # whatever its name is
            raise ModelFileSplit(file=self._name)

    def _fill(self, stop: threading.Event, patience: Patience) -> None:
        self._forget()
        self._part.touch()
        with self._part.open("r+b", buffering=0) as file:
            self._read_again(file, stop)
            self._meter.begin(self._source.num_bytes, self._num_done)
            with WriteBehind(partial(self._write, file)) as behind:
                self._receive_all(file, behind, stop, patience)
            os.fsync(file.fileno())

    def _receive_all(self, file: FileIO, behind: WriteBehind, stop: threading.Event, patience: Patience) -> None:
        num_tries = 0
        while self._num_done < self._source.num_bytes:
            before = self._num_done
            with suppress(SourceCut):
                self._receive(file, behind, stop)
            behind.flush()
            num_tries = 1 if self._num_done > before else num_tries + 1
            if num_tries > patience.max_tries:
                raise DownloadInterrupted(name=self._name)
            if self._num_done < self._source.num_bytes and stop.wait(patience.wait(num_tries)):
                raise TransferStopped

    def _read_again(self, file: FileIO, stop: threading.Event) -> None:
        """What is here of it from another time."""
        if self._part.stat().st_size > self._source.num_bytes:
            file.truncate(0)
        while piece := file.read(PIECE_BYTES):
            self._take(piece)
            if stop.is_set():
                raise TransferStopped

    def _receive(self, file: FileIO, behind: WriteBehind, stop: threading.Event) -> None:
        with self._source.read(self._num_done) as (start, pieces):
            if start != self._num_done:  # a server that cannot go on begins at the beginning
                if start:
                    raise SourceCut
                self._forget()
                file.seek(0)
                file.truncate()
            for piece in pieces:
                if stop.is_set():
                    raise TransferStopped
                behind.put(piece)

    def _write(self, file: FileIO, piece: bytes) -> None:
        """In the thread beside; ``_num_done`` and what goes with it are its own while it writes."""
        before = self._num_done
        self._take(piece)
        _write_all(file, piece)
        if before // SYNC_BYTES < self._num_done // SYNC_BYTES:
            os.fsync(file.fileno())
        self._meter.move(self._num_done)

    def _take(self, piece: bytes) -> None:
        self._head += piece[: len(MAGIC) - len(self._head)]
        self._num_done += len(piece)
        if not MAGIC.startswith(self._head) or self._num_done > self._source.num_bytes:
            raise ModelFileUnsound(name=self._name)
        if self._sha256:
            self._digest.update(piece)

    def _forget(self) -> None:
        self._digest = hashlib.sha256()
        self._num_done = 0
        self._head = b""


def _write_all(file: FileIO, piece: bytes) -> None:
    """A disk that is nearly full takes the beginning, and refuses the rest."""
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) :]
