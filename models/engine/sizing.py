"""How large the KV cache may be on this machine."""

from __future__ import annotations

from dataclasses import dataclass

CACHE_WINDOWS = 2  # cells of the cache, in windows of one request: many short conversations, or two that fill theirs
SHARE_OF_MEMORY = 0.25  # of what is free when the model is loaded
MIN_WINDOW = 256


@dataclass(frozen=True)
class CacheSize:
    """``window`` tokens for one request, ``cells`` for all of them together."""

    window: int
    cells: int


def cache_size(wanted_window: int, max_sequences: int, bytes_per_cell: int, free_bytes: int) -> CacheSize:
    """The window that was asked for and CACHE_WINDOWS of it, or what SHARE_OF_MEMORY of ``free_bytes`` allows."""
    affordable = int(free_bytes * SHARE_OF_MEMORY) // max(1, bytes_per_cell)
    window = max(min(wanted_window, affordable), min(wanted_window, MIN_WINDOW))
    return CacheSize(window, max(window, min(window * min(CACHE_WINDOWS, max_sequences), affordable)))
