"""Checks a GGUF file's header before llama.cpp, whose parser trusts more than it should, sees the file.

Layout as in ggml's docs/gguf.md: magic, version, counts, then key-value pairs, then a description of each tensor.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import BinaryIO

from errors import ModelFileBroken, ModelFileMissing

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_PAIRS = 100_000
MAX_TENSORS = 100_000
MAX_DIMENSIONS = 4
MAX_NESTING = 2
STRING, ARRAY = 8, 9
# Elements and bytes of a block of each tensor type, as ggml_blck_size and ggml_type_size give them.
BLOCKS = {
    0: (1, 4),
    1: (1, 2),
    24: (1, 1),
    25: (1, 2),
    26: (1, 4),
    27: (1, 8),
    28: (1, 8),
    30: (1, 2),  # plain numbers
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    9: (32, 36),
    20: (32, 18),
    39: (32, 17),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    15: (256, 292),  # Q2_K .. Q8_K
    16: (256, 66),
    17: (256, 74),
    18: (256, 98),
    19: (256, 50),
    21: (256, 110),
    22: (256, 82),
    23: (256, 136),
    29: (256, 56),
    34: (256, 54),
    35: (256, 66),
}
SCALAR_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


class _Malformed(Exception):
    """The header does not hold what it says."""


def check_gguf(path: Path) -> None:
    """Raise ModelFileMissing or ModelFileBroken unless ``path`` begins with a sound GGUF header."""
    try:
        with path.open("rb") as file:
            _Header(file, path.stat().st_size).check()
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise ModelFileMissing(path=path) from error
    except (_Malformed, struct.error, OSError) as error:
        raise ModelFileBroken(path=path) from error


class _Header:
    """Reads forward, never beyond the file's size and never more than a few bytes at a time."""

    def __init__(self, file: BinaryIO, num_bytes: int) -> None:
        self._file = file
        self._num_bytes = num_bytes

    def check(self) -> None:
        if self._file.read(len(MAGIC)) != MAGIC or self._number("<I") not in VERSIONS:
            raise _Malformed
        num_tensors, num_pairs = self._number("<Q"), self._number("<Q")
        if not 0 < num_tensors <= MAX_TENSORS or num_pairs > MAX_PAIRS:
            raise _Malformed
        for _ in range(num_pairs):
            self._skip_name()
            self._skip_value(self._number("<I"))
        ends = [self._read_tensor() for _ in range(num_tensors)]
        if self._file.tell() + max(ends) > self._num_bytes:
            raise _Malformed

    def _number(self, form: str) -> int:
        return int(struct.unpack(form, self._file.read(struct.calcsize(form)))[0])

    def _skip(self, num_bytes: int) -> None:
        if self._file.tell() + num_bytes > self._num_bytes:
            raise _Malformed
        self._file.seek(num_bytes, 1)

    def _skip_string(self) -> None:
        self._skip(self._number("<Q"))

    def _skip_name(self) -> None:
        length = self._number("<Q")
        if not length:
            raise _Malformed
        self._skip(length)

    def _skip_value(self, kind: int, nesting: int = 0) -> None:
        if kind == STRING:
            self._skip_string()
        elif kind == ARRAY:
            self._skip_array(nesting + 1)
        elif kind in SCALAR_BYTES:
            self._skip(SCALAR_BYTES[kind])
        else:
            raise _Malformed

    def _skip_array(self, nesting: int) -> None:
        kind, length = self._number("<I"), self._number("<Q")
        if nesting > MAX_NESTING or length > self._num_bytes:
            raise _Malformed
        if kind in SCALAR_BYTES:
            self._skip(SCALAR_BYTES[kind] * length)
            return
        for _ in range(length):
            self._skip_value(kind, nesting)

    def _read_tensor(self) -> int:
        """Where the tensor ends in the data that follows the header; of an unknown type, where it begins."""
        self._skip_name()
        num_dimensions = self._number("<I")
        if num_dimensions > MAX_DIMENSIONS:
            raise _Malformed
        num_elements = math.prod(self._number("<Q") for _ in range(num_dimensions))
        per_block, block_bytes = BLOCKS.get(self._number("<I"), (1, 0))
        if num_elements % per_block:
            raise _Malformed
        return self._number("<Q") + num_elements // per_block * block_bytes
