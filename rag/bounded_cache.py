"""Keeps what was used last, as much as fits."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class BoundedCache(Generic[ValueT]):
    """Values by key, ``most_bytes`` in all; the one that was used longest ago makes room. Any thread may call.

    A value that is larger than everything is not kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[str, tuple[ValueT, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def num_bytes(self) -> int:
        with self._lock:
            return self._total()

    def get(self, key: str) -> ValueT | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: str, value: ValueT, num_bytes: int) -> None:
        """In the place of what has this key."""
        with self._lock:
            self._kept.pop(key, None)
            if num_bytes > self._most:
                return
            self._kept[key] = (value, num_bytes)
            while self._total() > self._most:
                self._kept.popitem(last=False)

    def drop(self, key: str) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def _total(self) -> int:
        return sum(size for _, size in self._kept.values())
