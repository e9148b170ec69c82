"""Tells the other processes on the same database that this one lives, and takes over from those that do not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from errors import StorageError
from storage.claims import BEAT_SECONDS, Claims

logger = logging.getLogger(__name__)


class Heartbeat:
    """A thread of its own, from now on; none where this process is alone. ``take_over`` is called at each beat."""

    def __init__(self, claims: Claims, take_over: Callable[[], None], seconds: float = BEAT_SECONDS) -> None:
        self._claims = claims
        self._take_over = take_over
        self._seconds = seconds
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        if not claims.is_alone:
            self._thread.start()

    def close(self) -> None:
        """The last sign of life: what we held is free."""
        self._is_over.set()
        if self._thread.ident is not None:
            self._thread.join()
        try:
            self._claims.release_all()
        except StorageError as error:  # others wait until we count as gone
            logger.warning("claims could not be released: %s", error.key)

    def _run(self) -> None:
        while not self._is_over.wait(self._seconds):
            try:
                self._claims.beat()
                self._claims.settle_abandoned()
                self._take_over()
            except StorageError as error:  # the database is away: so it is for the others
                logger.warning("a sign of life was not kept: %s", error.key)
