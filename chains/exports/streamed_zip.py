"""A ZIP file that is told while it is written: never more of it is in memory than one piece of one file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, cast

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # that a ZIP can tell


@dataclass(frozen=True)
class Entry:
    """A file; its ``name`` is safe as a path. ``pieces`` are asked for one after the other."""

    name: str
    pieces: Iterable[bytes]
    moment: datetime = EARLIEST


class _Outlet:
    """Takes what ``zipfile`` writes until it is taken away; cannot be gone back in."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, content: bytes) -> int:
        self._written += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        written = bytes(self._written)
        self._written.clear()
        return written


def streamed_zip(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The file, in pieces. Each entry is asked for when those before it are written."""
    outlet = _Outlet()
    with zipfile.ZipFile(cast("IO[bytes]", outlet), "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            moment = max(entry.moment.astimezone(UTC), EARLIEST)
            info = zipfile.ZipInfo(entry.name, moment.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            with archive.open(info, "w") as file:
                for piece in entry.pieces:
                    file.write(piece)
                    if written := outlet.taken():
                        yield written
        yield outlet.taken()
    yield outlet.taken()
