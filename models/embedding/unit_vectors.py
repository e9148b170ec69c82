"""Vectors of unit length, whatever an embedder gave."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.document_records import Vector


def unit_rows(vectors: NDArray[Any]) -> Vector:
    """Each row at length 1. Rows of zeros, and those that hold no numbers, become zeros: they are near to nothing."""
    rows = np.nan_to_num(np.asarray(vectors, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    units: Vector = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0).astype(np.float32)
    return units
