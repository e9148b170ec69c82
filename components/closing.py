"""The end of the program: whoever is being answered is told, and what was written is stored, before the page goes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import TypeVar

from errors import ProgramStopping

State = TypeVar("State")


class Closing:
    """Ends all streams of the page. ``begin`` and ``wait`` are called by another thread than that of the streams."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_begun = False
        self._num_streams = 0
        self._steps: dict[asyncio.Task[object], asyncio.AbstractEventLoop] = {}

    async def until(self, states: AsyncGenerator[State, None]) -> AsyncGenerator[State, None]:
        """All ``states``. Raises ProgramStopping once the end has begun; ``states`` are closed by then."""
        async with aclosing(states):
            while True:
                try:
                    state = await self._step(states)
                except StopAsyncIteration:
                    return
                yield state

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Around all that a stream tells, its last words too."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def begin(self) -> None:
        """Halt all streams where they are; from now on there are no others."""
        with self._changed:
            self._is_begun = True
            for task, loop in self._steps.items():
                loop.call_soon_threadsafe(task.cancel)

    @property
    def is_begun(self) -> bool:
        """The program is about to end."""
        return self._is_begun

    def wait(self, seconds: float) -> bool:
        """Until all streams have ended; False when some had not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._num_streams == 0, seconds)

    async def _step(self, states: AsyncGenerator[State, None]) -> State:
        """Cancelled from within: whoever reads ``states`` may do each step in another task.

        Where a stream tells what another one tells, the outer one is cancelled, and so the inner.
        """
        task = asyncio.current_task()
        assert task is not None
        with self._changed:
            if self._is_begun:
                raise ProgramStopping
            is_outer = task not in self._steps
            self._steps[task] = asyncio.get_running_loop()
        try:
            return await anext(states)
        except asyncio.CancelledError:
            if not (self._is_begun and is_outer):
                raise
            task.uncancel()
            raise ProgramStopping from None
        finally:
            if is_outer:
                with self._changed:
                    del self._steps[task]

    def _count(self, change: int) -> None:
        with self._changed:
            self._num_streams += change
            self._changed.notify_all()
