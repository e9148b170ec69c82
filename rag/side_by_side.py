"""Reads several streams at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

Item = TypeVar("Item")


async def side_by_side(*streams: AsyncGenerator[Item, None]) -> AsyncGenerator[tuple[int, Item], None]:
    """Each item with the number of its stream, as they come. Raises what one raises; closing it closes all."""
    news: asyncio.Queue[tuple[int, Item] | asyncio.Task[None]] = asyncio.Queue()

    async def read(number: int, stream: AsyncGenerator[Item, None]) -> None:
        async with aclosing(stream) as items:
            async for item in items:
                news.put_nowait((number, item))

    tasks = [asyncio.create_task(read(number, stream)) for number, stream in enumerate(streams)]
    for task in tasks:
        task.add_done_callback(news.put_nowait)
    try:
        num_open = len(tasks)
        while num_open:
            one = await news.get()
            if isinstance(one, tuple):
                yield one
            else:
                num_open -= 1
                one.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
