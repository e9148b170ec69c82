"""How often each did something lately: a moving window, exact."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

MAX_KEYS = 10_000


class Tally:
    """Lets each key do something ``most`` times in ``seconds``; 0 is no limit. Safe in any thread.

    Of ``max_keys`` keys, those used last, it remembers as many times as are allowed at most.
    """

    def __init__(
        self, seconds: float, *, max_keys: int = MAX_KEYS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._max_keys = max_keys
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: str, most: int, num: int = 1) -> int:
        """Whole seconds until ``num`` more are allowed; 0 when they are now, or there never was a limit.

        More at once than ``most`` are taken for ``most``.
        """
        if not most:
            return 0
        with self._lock:
            times = self._lately(key)
            beyond = len(times) + min(num, most) - most
            if beyond <= 0:
                return 0
            return max(1, math.ceil(times[beyond - 1] + self._seconds - self._clock()))

    def add(self, key: str, num: int = 1) -> None:
        """Count ``num``."""
        with self._lock:
            self._lately(key).extend([self._clock()] * num)

    def _lately(self, key: str) -> deque[float]:
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while times and times[0] <= self._clock() - self._seconds:
            times.popleft()
        if len(self._times) > self._max_keys:
            self._times.popitem(last=False)
        return times

    def __len__(self) -> int:
        return len(self._times)
