"""Keeps the segments of a lexical index on disk. What is not exactly as it was written counts as not there.

A segment is one file of arrays; ``index.json`` names the files, with the checksum of each, and is replaced as a whole
after they are written. A kill at any moment leaves the old index or the new one.
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.lexical import LexicalIndex, Segment
from rag.postings import Postings

FORMAT = 1  # another way to cut text into tokens is another format
CATALOGUE = "index.json"
MAPPED_FROM = 1 << 22  # bytes: smaller files are read, larger ones stay on disk and are read where they are needed
ALIGNMENT = 8

Arrays = dict[str, NDArray[Any]]


class IndexDamaged(Exception):
    """The files are not whole, not ours or of another version."""


class IndexFolder:
    """The lexical index of one collection. One thread at a time may write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> LexicalIndex:
        """What was written last. Raises IndexDamaged; an index that never was is one, too."""
        try:
            return LexicalIndex(tuple(self._read(name, entry) for name, entry in self._catalogue().items()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamaged from error

    def write(self, index: LexicalIndex) -> None:
        """Put ``index`` in the place of the last one, whose files are deleted. Segments that did not change are not
        written again. Raises OSError."""
        self._path.mkdir(parents=True, exist_ok=True)
        try:
            known = self._catalogue()
        except (OSError, ValueError, KeyError, TypeError):
            known = {}
        entries = {one.name: known.get(one.name) or self._written(one) for one in index.segments}
        fresh = self._path / f"{CATALOGUE}.new"
        fresh.write_text(json.dumps({"format": FORMAT, "segments": entries}), encoding="utf-8")
        os.replace(fresh, self._path / CATALOGUE)
        for path in self._path.iterdir():
            if path.name not in entries and path.name != CATALOGUE:
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Take everything away."""
        shutil.rmtree(self._path, ignore_errors=True)

    def _catalogue(self) -> dict[str, Any]:
        content = json.loads((self._path / CATALOGUE).read_text(encoding="utf-8"))
        return dict(content["segments"]) if content["format"] == FORMAT else {}

    def _written(self, segment: Segment) -> dict[str, Any]:
        parts: list[bytes] = []
        places, start = {}, 0
        for key, array in _arrays(segment).items():
            part = array.tobytes()
            padding = bytes(-len(part) % ALIGNMENT)
            places[key] = [array.dtype.str, len(array), start]
            parts += [part, padding]
            start += len(part) + len(padding)
        packed = b"".join(parts)
        (self._path / segment.name).write_bytes(packed)
        return {"size": len(packed), "checksum": zlib.crc32(packed), "arrays": places}

    def _read(self, name: str, entry: Mapping[str, Any]) -> Segment:
        with (self._path / Path(name).name).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != entry["size"] or not size:
                raise IndexDamaged
            is_mapped = size >= MAPPED_FROM
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if is_mapped else file.read()
        if zlib.crc32(content) != entry["checksum"]:
            raise IndexDamaged
        arrays = {
            key: np.frombuffer(content, np.dtype(kind), count, start)
            for key, (kind, count, start) in entry["arrays"].items()
        }
        return _segment(name, arrays, is_mapped=is_mapped)


def _arrays(segment: Segment) -> Arrays:
    of_legs = {
        f"{leg}.{field.name}": getattr(getattr(segment, leg), field.name)
        for leg in ("words", "grams")
        for field in fields(Postings)
    }
    return {"ids": segment.ids, **of_legs}


def _segment(name: str, arrays: Arrays, *, is_mapped: bool) -> Segment:
    words, grams = (
        Postings(**{field.name: arrays[f"{leg}.{field.name}"] for field in fields(Postings)})
        for leg in ("words", "grams")
    )
    return Segment(arrays["ids"], words, grams, is_mapped, name)
