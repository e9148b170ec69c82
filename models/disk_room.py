"""Room on a disk: what a download may take of it, and what it leaves to the rest of the program."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import NoRoomForModel
from models.download_source import Bytes, Source

MEGABYTE = 1_000_000
SPARED_BYTES = 200 * MEGABYTE  # left on the disk for conversations and for the system
LOOKED_EVERY_BYTES = SPARED_BYTES // 4


def free_bytes(folder: Path) -> int:
    """Of the disk that ``folder`` is on."""
    return shutil.disk_usage(folder).free


def no_room(name: str, needed_bytes: int, num_free: int) -> NoRoomForModel:
    return NoRoomForModel(name=name, needed=-(-needed_bytes // MEGABYTE), free=max(0, num_free) // MEGABYTE)


def give_back(part: Path) -> None:
    """A disk is full, or what one may use of it: nobody could write a conversation, so the part becomes shorter."""
    os.truncate(part, max(0, part.stat().st_size - SPARED_BYTES))


class RoomySource:
    """``source``, until others have filled the disk while it was read. Raises NoRoomForModel then."""

    def __init__(self, name: str, source: Source, num_free: Callable[[], int]) -> None:
        self._name = name
        self._source = source
        self._num_free = num_free
        self.num_bytes = source.num_bytes
        self.version = source.version
        self.sha256 = source.sha256

    @contextmanager
    def read(self, start: int) -> Iterator[Bytes]:
        with self._source.read(start) as (begin, pieces):
            yield begin, self._watched(begin, pieces)

    def _watched(self, begin: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
        num_read, looked_at = begin, begin
        for piece in pieces:
            yield piece
            num_read += len(piece)
            if num_read - looked_at >= LOOKED_EVERY_BYTES:
                looked_at = num_read
                if (num_free := self._num_free()) < SPARED_BYTES:
                    raise no_room(self._name, self.num_bytes - num_read + SPARED_BYTES, num_free)
