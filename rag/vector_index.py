"""Chroma, as an index over the vectors that SQL holds: it finds near passages fast, and can be lost at any time.

Its files are rewritten in place, so a kill may tear them, and opening torn files can fill the disk or end the process.
So they are opened only when they are exactly as they were left: no mark that something was being written, and the
checksums of the last seal. Otherwise they are deleted unopened (``docs/decisions/0012-chroma-is-rebuildable.md``).
"""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import chromadb
from chromadb.config import Settings
from chromadb.errors import ChromaError

from rag.chroma_collections import ChromaCollections, faults
from storage.records import new_id

WRITING = "writing"
SEAL = "sealed.json"
DATABASE = "chroma.sqlite3"
READ_AT_ONCE = 1 << 20

logger = logging.getLogger(__name__)


class ChromaIndex(ChromaCollections):
    """Vectors of many collections in ``folder``, each collection under the stamp of what made its vectors.

    Any thread may read; one may write. Every call but ``close`` raises IndexTorn when Chroma fails.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = _whole_generation(folder) or folder / new_id()
        settings = Settings(anonymized_telemetry=False)
        with faults():
            super().__init__(chromadb.PersistentClient(str(self._folder), settings=settings))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Everything that changes files happens in here. Not left in good order, the files are never opened again."""
        mark = self._folder / WRITING
        (self._folder / SEAL).unlink(missing_ok=True)
        mark.touch()
        yield
        seal = json.dumps(_checksums(self._folder))
        (self._folder / SEAL).write_text(seal, encoding="utf-8")
        mark.unlink()

    def close(self) -> None:
        self._client.close()

    def set_aside(self) -> None:
        """Never open these files again, and delete them."""
        (self._folder / WRITING).touch()
        try:
            self.close()
        except (ChromaError, RuntimeError, OSError):
            logger.warning("a damaged vector index could not be closed")
        shutil.rmtree(self._folder, ignore_errors=True)


def _whole_generation(folder: Path) -> Path | None:
    """What may be opened; everything else in ``folder`` is deleted."""
    generations = [path for path in folder.iterdir() if path.is_dir()]
    whole = [path for path in generations if _is_whole(path)]
    for path in generations:
        if path not in whole[:1]:
            logger.warning("a vector index was not closed in good order: it is built anew")
            shutil.rmtree(path, ignore_errors=True)
    return whole[0] if whole else None


def _is_whole(generation: Path) -> bool:
    try:
        if (generation / WRITING).exists():
            return False
        sealed = json.loads((generation / SEAL).read_text(encoding="utf-8"))
        return bool(sealed == _checksums(generation)) and _is_database_whole(generation / DATABASE)
    except (OSError, ValueError, sqlite3.Error):
        return False


def _is_database_whole(path: Path) -> bool:
    if not path.stat().st_size:  # for SQLite, nothing at all is a whole database
        return False
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))


def _checksums(generation: Path) -> dict[str, list[int]]:
    """Of the files that are read without a check of their own; SQLite's change whenever they are opened."""
    paths = [path for path in generation.rglob("*") if path.is_file() and path.parent != generation]
    return {str(path.relative_to(generation)): [path.stat().st_size, _checksum(path)] for path in sorted(paths)}


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(READ_AT_ONCE):
            checksum = zlib.crc32(block, checksum)
    return checksum
