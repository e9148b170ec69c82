"""Asks the system for the addresses of a name, in threads of its own: a slow name server holds up nobody else.

asyncio's own way uses the threads that all stores are asked from, six on two cores, and waits for them at the end.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

MAX_AT_ONCE = 8

Lookup = Callable[..., Sequence[tuple[Any, ...]]]


class SystemResolver:
    """``lookup`` is ``socket.getaddrinfo``. One that is no longer waited for keeps its place until it is over."""

    def __init__(self, max_at_once: int = MAX_AT_ONCE, lookup: Lookup = socket.getaddrinfo) -> None:
        self._places = asyncio.Semaphore(max_at_once)
        self._lookup = lookup

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        """All addresses of ``host``. Raises OSError, or UnicodeError for what can be no name."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        answers: asyncio.Future[Sequence[tuple[Any, ...]]] = loop.create_future()
        arguments = (loop, answers, host, port)
        threading.Thread(target=self._look_up, args=arguments, name="name-lookup", daemon=True).start()
        return tuple(dict.fromkeys(str(answer[4][0]) for answer in await answers))

    def _look_up(self, loop: asyncio.AbstractEventLoop, answers: asyncio.Future[Any], host: str, port: int) -> None:
        found: Sequence[tuple[Any, ...]] = ()
        fault: OSError | UnicodeError | None = None
        try:
            found = self._lookup(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            fault = error
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(self._tell, answers, found, fault)

    def _tell(self, answers: asyncio.Future[Any], found: Sequence[tuple[Any, ...]], fault: Exception | None) -> None:
        self._places.release()
        if answers.done():  # nobody waits any more
            return
        if fault is None:
            answers.set_result(found)
        else:
            answers.set_exception(fault)
