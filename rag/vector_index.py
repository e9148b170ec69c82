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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError
from numpy.typing import NDArray

from rag.index_keeper import IndexTorn
from storage.document_records import Vector
from storage.records import new_id

WRITING = "writing"
SEAL = "sealed.json"
DATABASE = "chroma.sqlite3"
BLOCK = 1_000
SEARCH_WIDTH = 250  # as many neighbours are looked at; 100 are asked for
READ_AT_ONCE = 1 << 20

logger = logging.getLogger(__name__)


class ChromaIndex:
    """Vectors of many collections in ``folder``, each collection under the stamp of what made its vectors.

    Any thread may read; one may write. Every call but ``close`` raises IndexTorn when Chroma fails.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = _whole_generation(folder) or folder / new_id()
        self._found: dict[str, Any] = {}  # looking one up takes longer than a query of it
        settings = Settings(anonymized_telemetry=False)
        with _faults():
            self._client: Any = chromadb.PersistentClient(str(self._folder), settings=settings)

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

    def ids(self, collection_id: str, stamp: str) -> NDArray[np.int64]:
        """Of the passages that are in the index, ascending."""
        with _faults():
            collection = self._collection(collection_id, stamp)
            found = collection.get(include=[])["ids"] if collection else []
            if collection and collection.count() != len(found):
                raise IndexTorn
        return np.sort(np.array(found, np.int64))

    def nearest(
        self, collection_id: str, stamp: str, vector: Vector, num: int, document_ids: Sequence[str] = ()
    ) -> tuple[NDArray[np.int64], Vector]:
        """The ids of about the ``num`` nearest, the nearest first, and their cosines."""
        where: Any = {"document": {"$in": list(document_ids)}} if document_ids else None
        with _faults():
            collection = self._collection(collection_id, stamp)
            if collection is None:
                raise IndexTorn
            found = collection.query(query_embeddings=[vector], n_results=num, where=where, include=["distances"])
            distances = (found["distances"] or [[]])[0]
            return np.array(found["ids"][0], np.int64), 1 - np.array(distances, np.float32)

    def add(
        self, collection_id: str, stamp: str, ids: Sequence[int], vectors: Vector, document_ids: Sequence[str]
    ) -> None:
        with _faults():
            collection = self._client.get_or_create_collection(
                _name(collection_id, stamp), embedding_function=None, configuration=_configuration()
            )
            step = min(BLOCK, self._client.get_max_batch_size())
            for start in range(0, len(ids), step):
                block = slice(start, start + step)
                collection.upsert(
                    ids=[str(one) for one in ids[block]],
                    embeddings=vectors[block],
                    metadatas=[{"document": one} for one in document_ids[block]],
                )

    def remove(self, collection_id: str, stamp: str, ids: Sequence[int]) -> None:
        with _faults():
            collection = self._collection(collection_id, stamp)
            step = self._client.get_max_batch_size()
            for start in range(0, len(ids) if collection else 0, step):
                collection.delete(ids=[str(one) for one in ids[start : start + step]])

    def drop(self, collection_id: str, *, but_stamp: str | None = None) -> None:
        """All of the collection, except what is under ``but_stamp``."""
        kept = _name(collection_id, but_stamp) if but_stamp is not None else ""
        with _faults():
            for collection in self._client.list_collections():
                if collection.name.startswith(_prefix(collection_id)) and collection.name != kept:
                    self._found.pop(collection.name, None)
                    self._client.delete_collection(collection.name)

    def drop_others(self, collection_ids: Iterable[str]) -> None:
        """All but these collections."""
        kept = tuple(_prefix(one) for one in collection_ids)
        with _faults():
            for collection in self._client.list_collections():
                if not collection.name.startswith(kept):
                    self._found.pop(collection.name, None)
                    self._client.delete_collection(collection.name)

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

    def _collection(self, collection_id: str, stamp: str) -> Any:
        """None when there is none. Its own functions are typed for far more than numbers."""
        name = _name(collection_id, stamp)
        if name not in self._found:
            try:
                self._found[name] = self._client.get_collection(name, embedding_function=None)
            except NotFoundError:
                return None
        return self._found[name]


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except IndexTorn:
        raise
    except Exception as error:  # its native core raises anything on damaged files
        logger.warning("the vector index failed: %s", type(error).__name__)
        raise IndexTorn from error


def _configuration() -> CreateCollectionConfiguration:
    """The index is rewritten every BLOCK vectors: what is not in it yet is put in at the next start, and that takes
    half a millisecond each."""
    hnsw = CreateHNSWConfiguration(
        space="cosine",
        ef_construction=100,
        ef_search=SEARCH_WIDTH,
        max_neighbors=16,
        sync_threshold=BLOCK,
        batch_size=BLOCK,
    )
    return CreateCollectionConfiguration(hnsw=hnsw)


def _name(collection_id: str, stamp: str) -> str:
    """In Chroma's alphabet, which is smaller than that of our ids."""
    return f"{_prefix(collection_id)}{sha256(stamp.encode()).hexdigest()[:16]}"


def _prefix(collection_id: str) -> str:
    return f"{sha256(collection_id.encode()).hexdigest()[:32]}."


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
