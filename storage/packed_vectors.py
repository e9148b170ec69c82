"""Vectors as bytes: 16 bits a number, least significant byte first, one row after the other."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from storage.document_records import Vector

_PACKED = np.dtype("<f2")


def pack(vectors: Vector) -> bytes:
    """One vector or a row of them."""
    return np.ascontiguousarray(vectors, dtype=_PACKED).tobytes()


def num_numbers(packed: bytes) -> int:
    return len(packed) // _PACKED.itemsize


def unpack(packed: Iterable[bytes], dimension: int) -> Vector:
    """All of them in one array of (number of vectors, ``dimension``), each of unit length."""
    rounded = np.frombuffer(b"".join(packed), _PACKED).reshape(-1, dimension).astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rounded, rounded))
    lengths[lengths == 0] = 1
    rounded /= lengths[:, np.newaxis]
    return rounded
