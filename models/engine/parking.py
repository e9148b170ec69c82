"""Idle conversations on disk: the cells of a slot that had to make room, and the ids they hold.

A parked conversation is one file, named after the model and its ids. Its header is checked when the folder is opened,
its content against a digest before llama.cpp sees it, so that a torn or altered file is thrown away, never loaded.
"""

from __future__ import annotations

import hashlib
import os
import queue
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from models.engine.cache import num_common

MAGIC = b"tertulia-cells-1"
DIGEST_BYTES = 32
HEADER = struct.Struct(f"<{len(MAGIC)}s{DIGEST_BYTES}sQQ")  # magic, digest of all that follows, bytes, number of ids


@dataclass(frozen=True)
class Parked:
    """One file: the ids whose cells it holds."""

    path: Path
    ids: tuple[int, ...]
    num_bytes: int


class ParkingLot:
    """Files of one model below ``folder``, at most ``max_bytes`` of them; the least recently used go first.

    ``fingerprint`` names the model: files of another are neither seen nor touched. Writing happens in a thread of its
    own. A disk that is full or a folder that is gone only means that a prompt is read again.
    """

    def __init__(self, folder: Path, fingerprint: str, max_bytes: int) -> None:
        self._folder = folder / hashlib.sha256(fingerprint.encode()).hexdigest()[:32]
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._parked: dict[Path, Parked] = {}
        self._to_write: queue.SimpleQueue[tuple[tuple[int, ...], bytes] | threading.Event] = queue.SimpleQueue()
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for path in sorted(self._folder.glob("*.cells"), key=lambda path: path.stat().st_mtime):
                self._open(path)
        threading.Thread(target=self._write_all, name="parking", daemon=True).start()

    def park(self, ids: Sequence[int], state: bytes) -> None:
        """Keep ``state``, the cells of ``ids``; returns at once."""
        self._to_write.put((tuple(ids), state))

    def settle(self) -> None:
        """Wait until everything parked so far is on the disk, or has failed to be."""
        written = threading.Event()
        self._to_write.put(written)
        written.wait()

    def find(self, ids: Sequence[int]) -> tuple[Parked | None, int]:
        """The file that holds the longest beginning of ``ids``, and how long that is."""
        with self._lock:
            matches = [(num_common(parked.ids, ids), parked) for parked in self._parked.values()]
        length, parked = max(matches, key=lambda match: match[0], default=(0, None))
        return (parked, length) if length else (None, 0)

    def load(self, parked: Parked) -> bytes | None:
        """The cells of ``parked``; None, and the file is gone, when it is not what was written."""
        try:
            content = parked.path.read_bytes()
            os.utime(parked.path)
        except OSError:
            content = b""
        _, digest, num_bytes, num_ids = HEADER.unpack_from(content) if len(content) >= HEADER.size else (b"", b"", 0, 0)
        if num_bytes != len(content) or digest != _digest(content):
            self._forget(parked)
            return None
        with self._lock:  # the newest is the last
            self._parked[parked.path] = self._parked.pop(parked.path, parked)
        return content[HEADER.size + 4 * num_ids :]

    def _open(self, path: Path) -> None:
        with path.open("rb") as file:
            header = file.read(HEADER.size)
            magic, _, num_bytes, num_ids = HEADER.unpack(header) if len(header) == HEADER.size else (b"", b"", 0, 0)
            if magic != MAGIC or num_bytes != path.stat().st_size or HEADER.size + 4 * num_ids > num_bytes:
                path.unlink(missing_ok=True)
                return
            ids = struct.unpack(f"<{num_ids}i", file.read(4 * num_ids))
        self._parked[path] = Parked(path, ids, num_bytes)

    def _write_all(self) -> None:
        while True:
            item = self._to_write.get()
            if isinstance(item, threading.Event):
                item.set()
                continue
            with suppress(OSError):
                self._write(*item)

    def _write(self, ids: tuple[int, ...], state: bytes) -> None:
        packed = struct.pack(f"<{len(ids)}i", *ids)
        num_bytes = HEADER.size + len(packed) + len(state)
        if num_bytes > self._max_bytes:
            return
        content = HEADER.pack(MAGIC, bytes(DIGEST_BYTES), num_bytes, len(ids)) + packed + state
        content = HEADER.pack(MAGIC, _digest(content), num_bytes, len(ids)) + packed + state
        path = self._folder / f"{hashlib.sha256(packed).hexdigest()[:32]}.cells"
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        self._make_room(num_bytes)
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        with self._lock:
            superseded = [old for old in self._parked.values() if ids[: len(old.ids)] == old.ids and old.path != path]
            self._parked.pop(path, None)
            self._parked[path] = Parked(path, ids, num_bytes)
        for old in superseded:  # the beginning of the same conversation
            self._forget(old)

    def _make_room(self, num_bytes: int) -> None:
        while True:
            with self._lock:
                used = sum(parked.num_bytes for parked in self._parked.values())
                oldest = next(iter(self._parked.values()), None)
            if oldest is None or used + num_bytes <= self._max_bytes:
                return
            self._forget(oldest)

    def _forget(self, parked: Parked) -> None:
        with self._lock:
            self._parked.pop(parked.path, None)
        with suppress(OSError):
            parked.path.unlink(missing_ok=True)


def _digest(content: bytes) -> bytes:
    """Over everything but the digest itself."""
    return hashlib.blake2b(content[len(MAGIC) + DIGEST_BYTES :], digest_size=DIGEST_BYTES).digest()
