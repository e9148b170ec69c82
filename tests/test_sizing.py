from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engine.sizing import CacheSize, cache_size, idle_cells

GIB = 1 << 30


@pytest.mark.parametrize(
    ("wanted", "sequences", "bytes_per_cell", "free_bytes", "size"),
    [
        (8_192, 8, 23_040, 20 * GIB, CacheSize(8_192, 16_384)),  # 135M parameters on a laptop
        (8_192, 1, 23_040, 20 * GIB, CacheSize(8_192, 8_192)),  # one reader needs one window
        (8_192, 8, 131_072, 6 * GIB, CacheSize(8_192, 12_288)),  # 8 billion parameters
        (8_192, 8, 131_072, 2 * GIB, CacheSize(4_096, 4_096)),
        (8_192, 8, 131_072, 0, CacheSize(256, 256)),
        (100, 8, 131_072, 0, CacheSize(100, 100)),
    ],
)
def test_the_cache_fits_the_machine(
    wanted: int, sequences: int, bytes_per_cell: int, free_bytes: int, size: CacheSize
) -> None:
    assert cache_size(wanted, sequences, bytes_per_cell, free_bytes) == size


def test_what_lies_idle_may_cost_a_twentieth_of_the_weights() -> None:
    assert idle_cells(143_000_000, 23_040) == 310
    assert idle_cells(4_700_000_000, 131_072) == 1_792
    assert idle_cells(1, 131_072) == 256


@given(st.integers(1, 200_000), st.integers(1, 64), st.integers(1, 10**6), st.integers(0, 10**12))
def test_a_request_that_fills_its_window_always_finds_room(
    wanted: int, sequences: int, bytes_per_cell: int, free_bytes: int
) -> None:
    size = cache_size(wanted, sequences, bytes_per_cell, free_bytes)
    assert 0 < size.window <= wanted
    assert size.window <= size.cells
