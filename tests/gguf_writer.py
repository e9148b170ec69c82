"""Writes GGUF files whose header says what a test needs. Their weights are zeros."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from models.gguf import Scalar, Tensor, Value

U32, F32, BOOL, STRING, ARRAY, U64 = 4, 6, 7, 8, 9, 10


def gguf_bytes(values: Mapping[str, Value | list[str]], tensors: Sequence[Tensor]) -> bytes:
    """A whole file; a list of texts, or a tuple, becomes an array."""
    pairs = b"".join(text(key) + _typed(value) for key, value in values.items())
    described, offset = b"", 0
    for tensor in tensors:
        described += text(tensor.name) + struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        described += struct.pack("<IQ", tensor.kind, offset)
        offset += tensor.num_bytes
    counts = struct.pack("<IQQ", 3, len(tensors), len(values))
    return b"GGUF" + counts + pairs + described + bytes(offset)


def text(content: str) -> bytes:
    encoded = content.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def llama_values(**changed: Value) -> dict[str, Value]:
    """A small Llama with grouped queries; ``changed`` are keys of the architecture."""
    own: dict[str, Value] = {
        "block_count": 4,
        "embedding_length": 64,
        "attention.head_count": 8,
        "attention.head_count_kv": 2,
        "context_length": 2_048,
    }
    own |= {name.replace("__", "."): value for name, value in changed.items()}
    return {"general.architecture": "llama", **{f"llama.{name}": value for name, value in own.items()}}


def _typed(value: Value | list[str]) -> bytes:
    if isinstance(value, tuple | list):
        kind = _kind(value[0]) if value else STRING
        return struct.pack("<IIQ", ARRAY, kind, len(value)) + b"".join(_content(item) for item in value)
    return struct.pack("<I", _kind(value)) + _content(value)


def _kind(value: Scalar) -> int:
    return {bool: BOOL, int: U32, float: F32, str: STRING}[type(value)]


def _content(value: Scalar) -> bytes:
    if isinstance(value, str):
        return text(value)
    return struct.pack({bool: "<?", int: "<I", float: "<f"}[type(value)], value)
