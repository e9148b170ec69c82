"""How many people are here: whoever's browser asked for anything a short while ago."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

SECONDS_HERE = 120.0  # an open page asks much more often
MAX_PEOPLE = 10_000


class Presence:
    """Safe in any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._last: OrderedDict[str, float] = OrderedDict()  # the one seen longest ago first

    def see(self, owner: str) -> None:
        """The browser of ``owner`` asked for something."""
        with self._lock:
            self._last[owner] = self._clock()
            self._last.move_to_end(owner)
            if len(self._last) > MAX_PEOPLE:
                self._last.popitem(last=False)

    def is_here(self, owner: str) -> bool:
        """Whether ``owner`` is."""
        with self._lock:
            return owner in self._last and self._last[owner] >= self._clock() - SECONDS_HERE

    def count(self) -> int:
        """People who are here now."""
        with self._lock:
            while self._last and next(iter(self._last.values())) < self._clock() - SECONDS_HERE:
                self._last.popitem(last=False)
            return len(self._last)
