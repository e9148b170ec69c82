from __future__ import annotations

import struct
from pathlib import Path

import pytest

from errors import ModelFileBroken, ModelFileMissing
from models.default_model import default_model_file
from models.gguf import check_gguf


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def gguf(
    *, version: int = 3, num_tensors: int = 1, num_pairs: int = 1, pairs: bytes | None = None, offset: int = 0
) -> bytes:
    pairs = string("general.name") + struct.pack("<I", 8) + string("tiny") if pairs is None else pairs
    tensor = string("w") + struct.pack("<IQIQ", 1, 32, 0, offset)
    return b"GGUF" + struct.pack("<IQQ", version, num_tensors, num_pairs) + pairs + tensor + bytes(256)


def check(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    check_gguf(path)


def test_a_sound_header_passes(tmp_path: Path) -> None:
    check(tmp_path, gguf())


def test_the_default_model_passes() -> None:
    check_gguf(default_model_file())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GG",
        b"not a model at all",
        gguf(version=1),
        gguf(version=99),
        gguf(num_tensors=0),
        gguf(num_tensors=2**63),
        gguf(num_pairs=2**63),
        gguf(num_pairs=7),
        gguf(offset=2**62),
        gguf(offset=256),
        gguf(pairs=struct.pack("<Q", 2**63) + b"x"),
        gguf(pairs=string("k") + struct.pack("<I", 77)),
        gguf(pairs=string("k") + struct.pack("<IIQ", 9, 4, 2**62)),
        gguf(pairs=string("k") + struct.pack("<IIQ", 9, 9, 1) * 50),
        gguf()[:40],
    ],
)
def test_a_broken_header_is_named_as_such(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelFileBroken):
        check(tmp_path, content)


@pytest.mark.parametrize("name", ["missing.gguf", "."])
def test_no_file_is_said_plainly(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelFileMissing):
        check_gguf(tmp_path / name)
