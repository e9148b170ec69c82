"""Reads a GGUF file's header, before llama.cpp, whose parser trusts more than it should, sees the file.

Layout as in ggml's docs/gguf.md: magic, version, counts, then key-value pairs, then a description of each tensor.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from errors import ModelFileBroken, ModelFileMissing

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_PAIRS = 100_000
MAX_TENSORS = 100_000
MAX_DIMENSIONS = 4
MAX_NESTING = 2
MAX_TEXT_BYTES = 2**20  # of a text that is kept; templates are the longest, with some thousands
MAX_KEPT_BYTES = 2**25  # of all texts and names together
MAX_KEPT_ITEMS = 1_024  # of a list: one for each layer, or the languages; vocabularies are longer and are only counted
MAX_COUNT = 2**32  # of heads, layers, tokens
STRING, ARRAY = 8, 9
LENGTH = struct.Struct("<Q")  # of a text, before it
PIECE_BYTES = 2**20
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
SCALAR_FORMS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
SCALAR_BYTES = {kind: struct.calcsize(form) for kind, form in SCALAR_FORMS.items()}

Scalar: TypeAlias = int | float | bool | str
Value: TypeAlias = Scalar | tuple[Scalar, ...]


@dataclass(frozen=True)
class Tensor:
    """``kind`` is a ``ggml_type``; ``shape`` begins with the dimension that lies together in memory."""

    name: str
    kind: int
    shape: tuple[int, ...]

    @property
    def num_elements(self) -> int:
        return math.prod(self.shape)

    @property
    def num_bytes(self) -> int:
        """None are known of a type that this file does not know."""
        per_block, block_bytes = BLOCKS.get(self.kind, (1, 0))
        return self.num_elements // per_block * block_bytes


@dataclass(frozen=True)
class GgufHeader:
    """``values`` without the longest texts and lists; ``lengths`` of all lists, those that are not kept too.

    All of it is text of others.
    """

    tensors: tuple[Tensor, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")

    @property
    def num_files(self) -> int:
        """That the model is divided into, of which this is one."""
        return _count(self.values.get("split.count"), 1)

    def text(self, key: str) -> str:
        """What is written there; nothing when that is no text."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of them; one alone counts as a list, too."""
        value = self.values.get(key)
        items = value if isinstance(value, tuple) else (value,)
        return tuple(item for item in items if isinstance(item, str))

    def integer(self, key: str, default: int = 0) -> int:
        """``key`` is asked of the architecture: ``block_count`` is ``llama.block_count`` of a Llama.

        What cannot be is taken for nothing said.
        """
        value = self.values.get(f"{self.architecture}.{key}")
        return _count(value, default)

    def integers(self, key: str, length: int, default: int = 0) -> tuple[int, ...]:
        """``length`` of them, one for each layer; a file may say them one by one, or one for all."""
        value = self.values.get(f"{self.architecture}.{key}")
        if not isinstance(value, tuple):
            return (self.integer(key, default),) * length
        told = [_count(item, default) for item in value[:length]]
        return tuple(told + [default] * (length - len(told)))


class _Malformed(Exception):
    """The header does not hold what it says."""


def _count(value: Value | None, default: int) -> int:
    return value if isinstance(value, int) and 0 <= value < MAX_COUNT else default


def check_gguf(path: Path) -> None:
    """Raise ModelFileMissing or ModelFileBroken unless ``path`` begins with a sound GGUF header."""
    read_gguf(path)


def read_gguf(path: Path) -> GgufHeader:
    """The header of ``path``. Raises ModelFileMissing or ModelFileBroken."""
    try:
        with path.open("rb") as file:
            return _Header(file, path.stat().st_size).read()
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise ModelFileMissing(path=path) from error
    except (_Malformed, struct.error, OSError) as error:
        raise ModelFileBroken(path=path) from error


class _Header:
    """Reads forward, never beyond the file's size and never more than it keeps."""

    def __init__(self, file: BinaryIO, num_bytes: int) -> None:
        self._file = file
        self._num_bytes = num_bytes
        self._values: dict[str, Value] = {}
        self._lengths: dict[str, int] = {}
        self._num_kept = 0

    def read(self) -> GgufHeader:
        if self._file.read(len(MAGIC)) != MAGIC or self._number("<I") not in VERSIONS:
            raise _Malformed
        num_tensors, num_pairs = self._number("<Q"), self._number("<Q")
        if not 0 < num_tensors <= MAX_TENSORS or num_pairs > MAX_PAIRS:
            raise _Malformed
        for _ in range(num_pairs):
            self._read_pair()
        tensors, ends = zip(*(self._read_tensor() for _ in range(num_tensors)), strict=True)
        if self._file.tell() + max(ends) > self._num_bytes:
            raise _Malformed
        return GgufHeader(tensors, self._values, self._lengths)

    def _number(self, form: str) -> int:
        return int(self._scalar(form))

    def _scalar(self, form: str) -> int | float | bool:
        value: int | float | bool = struct.unpack(form, self._file.read(struct.calcsize(form)))[0]
        return value

    def _skip(self, num_bytes: int) -> None:
        if self._file.tell() + num_bytes > self._num_bytes:
            raise _Malformed
        self._file.seek(num_bytes, 1)

    def _text(self) -> str | None:
        """None for one that is too long to keep."""
        length = self._number("<Q")
        if length > min(MAX_TEXT_BYTES, MAX_KEPT_BYTES - self._num_kept):
            self._skip(length)
            return None
        self._num_kept += length
        content = self._file.read(length)
        if len(content) < length:
            raise _Malformed
        return content.decode("utf-8", errors="replace")

    def _name(self) -> str:
        name = self._text()
        if not name:
            raise _Malformed
        return name

    def _read_pair(self) -> None:
        name, kind = self._name(), self._number("<I")
        value = self._list(name) if kind == ARRAY else self._item(kind)
        if value is not None:
            self._values[name] = value

    def _item(self, kind: int) -> Scalar | None:
        if kind == STRING:
            return self._text()
        if kind not in SCALAR_FORMS:
            raise _Malformed
        return self._scalar(SCALAR_FORMS[kind])

    def _list(self, name: str) -> tuple[Scalar, ...] | None:
        kind, length = self._begin_list(1)
        self._lengths[name] = length
        if kind == ARRAY or length > MAX_KEPT_ITEMS:
            self._skip_items(kind, length, 1)
            return None
        items = (self._item(kind) for _ in range(length))
        return tuple(item for item in items if item is not None)

    def _begin_list(self, nesting: int) -> tuple[int, int]:
        kind, length = self._number("<I"), self._number("<Q")
        if nesting > MAX_NESTING or length > self._num_bytes or kind not in {STRING, ARRAY, *SCALAR_BYTES}:
            raise _Malformed
        return kind, length

    def _skip_items(self, kind: int, length: int, nesting: int) -> None:
        if kind in SCALAR_BYTES:
            return self._skip(SCALAR_BYTES[kind] * length)
        if kind == STRING:
            return self._skip_texts(length)
        for _ in range(length):
            self._skip_list(nesting + 1)
        return None

    def _skip_texts(self, number: int) -> None:
        """By large pieces of the file: a vocabulary has hundreds of thousands of them."""
        place = begin = self._file.tell()
        piece = b""
        for _ in range(number):
            if place - begin + LENGTH.size > len(piece):
                self._skip(place - self._file.tell())
                begin, piece = place, self._file.read(PIECE_BYTES)
            place += LENGTH.size + LENGTH.unpack_from(piece, place - begin)[0]
        self._skip(place - self._file.tell())

    def _skip_list(self, nesting: int) -> None:
        kind, length = self._begin_list(nesting)
        self._skip_items(kind, length, nesting)

    def _read_tensor(self) -> tuple[Tensor, int]:
        """And where it ends in the data that follows the header; of an unknown type, where it begins."""
        name, num_dimensions = self._name(), self._number("<I")
        if num_dimensions > MAX_DIMENSIONS:
            raise _Malformed
        shape = tuple(self._number("<Q") for _ in range(num_dimensions))
        tensor = Tensor(name, self._number("<I"), shape)
        per_block, _ = BLOCKS.get(tensor.kind, (1, 0))
        if tensor.num_elements % per_block:
            raise _Malformed
        return tensor, self._number("<Q") + tensor.num_bytes
