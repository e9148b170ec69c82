"""Slows down whoever tries again and again: a few tries in a while are free, then each costs a longer wait."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock


@dataclass(frozen=True)
class Patience:
    """``tries`` are free in ``seconds``; what follows waits ``step`` seconds, then twice that, up to ``longest``.

    Who tried nothing for ``quiet`` seconds begins anew.
    """

    tries: int = 5
    seconds: float = 60.0
    step: float = 30.0
    longest: float = 900.0
    quiet: float = 3_600.0


@dataclass
class _Tries:
    times: deque[float] = field(default_factory=deque)
    waits: int = 0  # that were imposed so far
    closed_until: float = -math.inf


class Throttle:
    """Counts tries by key: of ``max_keys`` keys at the most, those used last. Safe in any thread."""

    def __init__(
        self,
        patience: Patience | None = None,
        *,
        max_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience = patience or Patience()
        self._max_keys = max_keys
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> int:
        """Count one try as if it failed; the whole seconds to wait when none is free, and then it was not counted.

        Counted before it is known how it ends, so that many at once are not more than one after the other.
        """
        with self._lock:
            now, tries = self._clock(), self._of(key)
            if tries.closed_until > now:
                return math.ceil(tries.closed_until - now)
            while tries.times and tries.times[0] <= now - self._patience.seconds:
                tries.times.popleft()
            tries.times.append(now)
            if len(tries.times) >= self._patience.tries or tries.waits:
                tries.waits += 1
                tries.closed_until = now + min(self._patience.step * tries.waits, self._patience.longest)
            return 0

    def give_back(self, key: str) -> None:
        """The last try that was taken went well, so it does not count."""
        with self._lock:
            tries = self._tries.get(key)
            if tries is None or not tries.times:
                return
            tries.times.pop()
            if tries.waits:
                tries.waits -= 1
                tries.closed_until = -math.inf

    def __len__(self) -> int:
        return len(self._tries)

    def _of(self, key: str) -> _Tries:
        """Those of ``key``, as the ones used last; anew where there were none for long."""
        tries = self._tries.pop(key, None)
        if tries is None or (tries.times and tries.times[-1] < self._clock() - self._patience.quiet):
            tries = _Tries()
        self._tries[key] = tries
        while len(self._tries) > self._max_keys:
            self._tries.popitem(last=False)
        return tries
