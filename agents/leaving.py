"""Work that can be left at once, whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

GRACE_S = 0.5  # to put things away when it is stopped; whoever stops an answer waits as long
Result = TypeVar("Result")


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """The task of ``work``, which is over: its result, its fault or that it cancelled itself.

    Raises TimeoutError. Work that does not listen when it is cancelled is left behind.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,), timeout=max(0.0, seconds))
        if not task.done():
            raise TimeoutError
    finally:
        await leave(task)
    return task


async def leave(task: asyncio.Task[Any]) -> None:
    """Cancel ``task`` and wait for its end, but not for long."""
    if task.done():
        return
    task.cancel()
    task.add_done_callback(_forget)
    await asyncio.wait((task,), timeout=GRACE_S)


def _forget(task: asyncio.Task[Any]) -> None:
    """Look at the fault, or asyncio writes it to the log, with whatever secrets its text holds."""
    if not task.cancelled():
        task.exception()
