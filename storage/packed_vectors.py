"""Vectors as bytes: 16 bits a number, least significant byte first, one row after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from storage.document_records import Vector

_PACKED = np.dtype("<f2")


def pack(vectors: Vector) -> bytes:
    """One vector or a row of them."""
    return np.ascontiguousarray(vectors, dtype=_PACKED).tobytes()


def unpack(packed: bytes, dimension: int) -> Vector:
    """An array of (number of vectors, ``dimension``), each of unit length."""
    rounded = np.frombuffer(packed, _PACKED).reshape(-1, dimension).astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rounded, rounded))
    lengths[lengths == 0] = 1
    rounded /= lengths[:, np.newaxis]
    return rounded


def unpack_many(packed: Sequence[bytes]) -> Vector:
    """One row for each, of which there is at least one; all are of the same dimension."""
    return unpack(b"".join(packed), dimension=len(packed[0]) // 2)
