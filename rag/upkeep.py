"""Does what may take long for searches, such as building an index, in one thread behind them."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable

from errors import TertuliaError

CLOSING_S = 10.0

logger = logging.getLogger(__name__)


class Upkeep:
    """Jobs by key, one after the other. A job that is asked for while it waits is done once.

    The thread begins with the first job. Jobs look at ``is_closing`` often enough to end within seconds.
    """

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Callable[[], None]] = OrderedDict()
        self._changed = threading.Condition()
        self._is_busy = False
        self._thread: threading.Thread | None = None
        self.is_closing = threading.Event()

    def ask(self, key: str, job: Callable[[], None]) -> None:
        """Returns at once."""
        with self._changed:
            if self.is_closing.is_set():
                return
            self._jobs.setdefault(key, job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="index upkeep", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Until nothing is left to do; False when that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._jobs or self._is_busy), seconds)

    def close(self) -> None:
        """What waits is dropped: all of it can be done again."""
        with self._changed:
            self.is_closing.set()
            self._jobs.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(CLOSING_S)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except (TertuliaError, OSError) as error:  # what it was for is gone, or the disk is full
                logger.warning("an index was not brought up to date: %s", type(error).__name__)

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            self._is_busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._jobs or self.is_closing.is_set())
            if self.is_closing.is_set():
                return None
            self._is_busy = True
            return self._jobs.popitem(last=False)[1]
