"""Streams that say now and then that they are still there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")


async def steadily(items: AsyncGenerator[T, None], seconds: float) -> AsyncGenerator[T | None, None]:
    """``items``, and None whenever none has come for ``seconds``; closing this closes them.

    Gradio notices that a browser has gone only when something is sent to it: a call that waits for a person who left
    would be waited for until the program ends. ``items`` are read in one task, as some generators need.
    """
    came: asyncio.Queue[tuple[T] | None] = asyncio.Queue()

    async def read() -> None:
        try:
            async with aclosing(items):
                async for item in items:
                    came.put_nowait((item,))
        finally:
            came.put_nowait(None)

    reading = asyncio.create_task(read())
    try:
        while True:
            try:
                async with asyncio.timeout(seconds):
                    given = await came.get()
            except TimeoutError:
                yield None
                continue
            if given is None:
                break
            yield given[0]
        await reading  # raises what the items raised
    finally:
        reading.cancel()
        await asyncio.wait({reading})
        if not reading.cancelled():
            reading.exception()  # seen, or asyncio complains
