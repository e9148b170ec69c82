"""A thread that writes what another one reads, so that the two do not wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

MAX_WAITING_BYTES = 16 << 20
FULL_BYTES = 1 << 20  # enough to write at once: two threads that hand over every packet cost more than hashing it
LINGER_S = 0.05  # at most, for more to come


class WriteBehind:
    """``write`` gets all pieces in their order, as many at once as wait; what it raises, ``put`` and ``flush`` raise.

    At the end of the block all that was put has been written, or ``write`` has failed.
    """

    def __init__(self, write: Callable[[bytes], None], max_waiting_bytes: int = MAX_WAITING_BYTES) -> None:
        self._write = write
        self._max_waiting_bytes = max_waiting_bytes
        self._full_bytes = min(FULL_BYTES, max_waiting_bytes)  # who puts must not wait for a thread that lingers
        self._changed = threading.Condition()
        self._pieces: list[bytes] = []
        self._num_waiting = 0
        self._is_writing = False
        self._is_closed = False
        self._is_hurried = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="write-behind", daemon=True)

    def put(self, piece: bytes) -> None:
        """Blocks while too much waits already."""
        with self._changed:
            self._changed.wait_for(lambda: self._num_waiting < self._max_waiting_bytes or self._error)
            self._raise()
            was_full = self._num_waiting >= self._full_bytes
            self._pieces.append(piece)
            self._num_waiting += len(piece)
            if len(self._pieces) == 1 or (self._num_waiting >= self._full_bytes and not was_full):
                self._changed.notify_all()

    def flush(self) -> None:
        """Block until all that was put has been written."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not (self._pieces or self._is_writing) or self._error)
            self._is_hurried = False
            self._raise()

    def __enter__(self) -> WriteBehind:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()
        if error is None:
            self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (pieces := self._next()) is not None:
                self._write(b"".join(pieces))
        except BaseException as error:  # noqa: BLE001 (the thread that puts raises it)
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _next(self) -> list[bytes] | None:
        """All that waits; None when no more will come."""
        with self._changed:
            self._is_writing = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._pieces or self._is_closed)
            self._changed.wait_for(self._is_enough, LINGER_S)
            if not self._pieces:
                return None
            pieces, self._pieces, self._num_waiting = self._pieces, [], 0
            self._is_writing = True
            self._changed.notify_all()
            return pieces

    def _is_enough(self) -> bool:
        return self._num_waiting >= self._full_bytes or self._is_hurried or self._is_closed
