from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.engine.weights import prepare_weights


class Converter:
    """Copies the file and counts how often it was asked."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, source: Path, target: Path) -> None:
        self.count += 1
        target.write_bytes(source.read_bytes())


def test_the_copy_is_made_once_for_each_version_of_the_model(tmp_path: Path) -> None:
    source, folder, convert = tmp_path / "model.gguf", tmp_path / "cache", Converter()
    announced: list[None] = []
    source.write_bytes(b"one")
    first = prepare_weights(source, folder, convert, lambda: announced.append(None))
    assert prepare_weights(source, folder, convert, lambda: announced.append(None)) == first
    source.write_bytes(b"two")
    second = prepare_weights(source, folder, convert, lambda: announced.append(None))
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
    assert convert.count == len(announced) == 2


@pytest.mark.parametrize("name", ["*.gguf", "*.sha256"])
@pytest.mark.parametrize("left", [b"", b"onf", b"\xff"])
def test_a_damaged_copy_is_made_anew(tmp_path: Path, name: str, left: bytes) -> None:
    source, folder, convert = tmp_path / "model.gguf", tmp_path / "cache", Converter()
    source.write_bytes(b"one")
    prepare_weights(source, folder, convert, lambda: None)
    next(folder.glob(name)).write_bytes(left)
    for _ in range(2):
        assert prepare_weights(source, folder, convert, lambda: None).read_bytes() == b"one"
    assert convert.count == 2


def test_a_conversion_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    source, folder = tmp_path / "model.gguf", tmp_path / "cache"
    source.write_bytes(b"one")

    def fail(_source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        prepare_weights(source, folder, fail, lambda: None)
    assert list(folder.iterdir()) == []


def test_what_a_killed_conversion_left_is_removed_by_the_next(tmp_path: Path) -> None:
    source, folder = tmp_path / "model.gguf", tmp_path / "cache"
    source.write_bytes(b"one")
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    (folder / f".old.gguf.{process.pid}.part").write_bytes(b"half")
    at_work = folder / f".another.gguf.{os.getpid()}.part"
    at_work.write_bytes(b"half")
    kept = prepare_weights(source, folder, Converter(), lambda: None)
    assert set(folder.iterdir()) == {kept, kept.with_suffix(".sha256"), at_work}
