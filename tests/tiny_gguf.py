"""A GGUF file that is sound, of any size, and holds no model."""

from __future__ import annotations

import random
import struct


def tiny_gguf(num_bytes: int = 1_000, seed: int = 0) -> bytes:
    """One tensor of noise, which takes all but some hundred bytes."""
    key, name = b"general.name", b"w"
    pairs = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, 4) + b"tiny"
    num_elements = max(32, (num_bytes - 200) // 128 * 32)
    tensor = struct.pack("<Q", len(name)) + name + struct.pack("<IQIQ", 1, num_elements, 0, 0)
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + pairs + tensor
    return header + random.Random(seed).randbytes(max(num_bytes - len(header), 64 + 4 * num_elements))
