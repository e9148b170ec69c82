"""How large the KV cache may be on this machine."""

from __future__ import annotations

from dataclasses import dataclass

CACHE_WINDOWS = 2  # cells of the cache, in windows of one request: many short conversations, or two that fill theirs
SHARE_OF_MEMORY = 0.25  # of what is free when the model is loaded
MIN_WINDOW = 256
IDLE_SHARE = 0.05
MIN_IDLE = 256  # llama.cpp reads the cache in steps of this


@dataclass(frozen=True)
class CacheSize:
    """``window`` tokens for one request, ``cells`` for all of them together."""

    window: int
    cells: int


def idle_cells(model_bytes: int, bytes_per_cell: int) -> int:
    """Cells that may lie idle beside those that are in use, when what is over can be parked.

    All sequences share one cache, and every token that is written reads past all of it, as it reads all weights: idle
    cells may cost IDLE_SHARE of what the weights do.
    """
    return max(MIN_IDLE, int(IDLE_SHARE * model_bytes) // max(1, bytes_per_cell))


def cache_size(wanted_window: int, max_sequences: int, bytes_per_cell: int, free_bytes: int) -> CacheSize:
    """The window that was asked for and CACHE_WINDOWS of it, or what SHARE_OF_MEMORY of ``free_bytes`` allows."""
    affordable = int(free_bytes * SHARE_OF_MEMORY) // max(1, bytes_per_cell)
    window = max(min(wanted_window, affordable), min(wanted_window, MIN_WINDOW))
    return CacheSize(window, max(window, min(window * min(CACHE_WINDOWS, max_sequences), affordable)))
