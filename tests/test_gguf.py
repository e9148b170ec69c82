from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import ModelFileBroken, ModelFileMissing
from models.default_model import default_model_file
from models.gguf import MAX_KEPT_ITEMS, PIECE_BYTES, GgufHeader, Tensor, Value, check_gguf, read_gguf
from tests.gguf_writer import gguf_bytes, text


def gguf(
    *, version: int = 3, num_tensors: int = 1, num_pairs: int = 1, pairs: bytes | None = None, offset: int = 0
) -> bytes:
    pairs = text("general.name") + struct.pack("<I", 8) + text("tiny") if pairs is None else pairs
    tensor = text("w") + struct.pack("<IQIQ", 1, 32, 0, offset)
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
        gguf(pairs=text("k") + struct.pack("<I", 77)),
        gguf(pairs=text("k") + struct.pack("<IIQ", 9, 4, 2**62)),
        gguf(pairs=text("k") + struct.pack("<IIQ", 9, 9, 1) * 50),
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


TENSORS = (Tensor("token_embd.weight", 8, (64, 10)), Tensor("output_norm.weight", 0, (64,)))
SCALARS = st.one_of(
    st.booleans(), st.integers(0, 2**32 - 1), st.floats(width=32, allow_nan=False), st.text(max_size=20)
)
LISTS = st.one_of(
    *(
        st.lists(items, max_size=5).map(tuple)
        for items in (st.booleans(), st.integers(0, 2**32 - 1), st.text(max_size=9))
    )
)


def read(tmp_path: Path, content: bytes) -> GgufHeader:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    return read_gguf(path)


@given(st.dictionaries(st.text(min_size=1, max_size=30), st.one_of(SCALARS, LISTS), max_size=8))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, values: dict[str, Value]) -> None:
    header = read(tmp_path_factory.mktemp("gguf"), gguf_bytes(values, TENSORS))
    assert header.values == values
    assert header.tensors == TENSORS
    assert header.lengths == {key: len(value) for key, value in values.items() if isinstance(value, tuple)}


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_file_with_any_byte_changed_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    content = bytearray(gguf_bytes({"general.name": "tiny", "general.languages": ["es", "en"]}, TENSORS))
    content[place % len(content)] = byte
    try:
        read(tmp_path_factory.mktemp("gguf"), bytes(content))
    except ModelFileBroken:
        return


def test_a_vocabulary_is_counted_and_not_kept(tmp_path: Path) -> None:
    words = tuple(f"w{index}" for index in range(MAX_KEPT_ITEMS + 1))
    header = read(tmp_path, gguf_bytes({"tokenizer.ggml.tokens": words, "general.name": "tiny"}, TENSORS))
    assert header.lengths == {"tokenizer.ggml.tokens": len(words)}
    assert header.values == {"general.name": "tiny"}


def test_a_vocabulary_larger_than_what_is_read_at_once_is_passed_over(tmp_path: Path) -> None:
    words = ["ñ" * (7 * number % 1_500) for number in range(2_000)] + ["w" * (PIECE_BYTES + 5), "", "end"]
    content = gguf_bytes({"tokenizer.ggml.tokens": words, "general.name": "after"}, [Tensor("w", 0, (32, 1))])
    (tmp_path / "model.gguf").write_bytes(content)
    header = read_gguf(tmp_path / "model.gguf")
    assert header.lengths == {"tokenizer.ggml.tokens": len(words)}
    assert (header.text("general.name"), header.tensors[0].name) == ("after", "w")
    for end in (100_000, PIECE_BYTES + 3, len(content) - 200):
        (tmp_path / "model.gguf").write_bytes(content[:end])
        with pytest.raises(ModelFileBroken):
            read_gguf(tmp_path / "model.gguf")


def test_a_text_that_is_too_long_is_passed_over(tmp_path: Path) -> None:
    header = read(tmp_path, gguf_bytes({"general.description": "x" * (2**20 + 1), "general.name": "tiny"}, TENSORS))
    assert header.values == {"general.name": "tiny"}


def test_a_number_is_read_for_its_own_architecture_and_must_be_one() -> None:
    values: dict[str, Value] = {"general.architecture": "llama", "llama.block_count": 3, "gemma3.block_count": 9}
    values |= {"llama.context_length": "many", "llama.attention.head_count_kv": (2, 0, 2)}
    header = GgufHeader(values=values)
    assert header.integer("block_count") == 3
    assert header.integer("context_length", 7) == 7
    assert header.integers("attention.head_count_kv", 4, 1) == (2, 0, 2, 1)
    assert header.integers("block_count", 2) == (3, 3)


def test_a_tensor_of_an_unknown_format_has_no_known_size() -> None:
    assert Tensor("w", 8, (64, 2)).num_bytes == 4 * 34
    assert Tensor("w", 999, (64, 2)).num_bytes == 0
