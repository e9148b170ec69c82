"""Where the bytes of a model come from: a hub, or a file of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

from errors import ModelFileMissing

PIECE_BYTES = 1 << 20

Bytes: TypeAlias = tuple[int, Iterator[bytes]]
"""At which byte of the file they begin, and they."""


class SourceCut(Exception):
    """Nothing more comes; asking again may help."""


class Source(Protocol):
    """One file in one state: ``version`` is another as soon as a byte of it is. ``sha256`` is None where none tells."""

    @property
    def num_bytes(self) -> int: ...

    @property
    def version(self) -> str: ...

    @property
    def sha256(self) -> str | None: ...

    def read(self, start: int) -> AbstractContextManager[Bytes]:
        """The file from byte ``start`` on, or from an earlier one. Raises SourceCut, also while it is read."""


class LocalSource:
    """A file of this machine. Raises ModelFileMissing."""

    sha256 = None

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            state = path.stat()
        except OSError as error:
            raise ModelFileMissing(path=path) from error
        if not path.is_file():
            raise ModelFileMissing(path=path)
        self.num_bytes = state.st_size
        self.version = f"{state.st_size:x}{state.st_mtime_ns:x}"[-16:]

    @contextmanager
    def read(self, start: int) -> Iterator[Bytes]:
        try:
            file = self._path.open("rb")
        except OSError as error:
            raise SourceCut from error
        with file:
            file.seek(start)
            yield start, self._pieces(file.read)

    @staticmethod
    def _pieces(read: Reader) -> Iterator[bytes]:
        try:
            while piece := read(PIECE_BYTES):
                yield piece
        except OSError as error:  # a disk that was unplugged
            raise SourceCut from error


class Reader(Protocol):
    def __call__(self, size: int, /) -> bytes: ...
