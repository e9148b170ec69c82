"""A stream that says that it is still there: nothing of it is lost, and it is closed where it was read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from components.steadily import steadily
from errors import EngineDied

A_MOMENT = 0.01


async def test_everything_comes_in_order_and_signs_between() -> None:
    gate = asyncio.Event()

    async def items() -> AsyncGenerator[int, None]:
        yield 1
        await gate.wait()
        yield 2

    seen: list[int | None] = []
    async with aclosing(steadily(items(), A_MOMENT)) as steady:
        async for item in steady:
            seen.append(item)
            if seen.count(None) == 2:
                gate.set()
    assert [item for item in seen if item is not None] == [1, 2]
    assert seen[-1] == 2


async def test_faults_pass() -> None:
    async def items() -> AsyncGenerator[int, None]:
        yield 1
        raise EngineDied

    with pytest.raises(EngineDied):
        assert [item async for item in steadily(items(), 10)] == [1]


@pytest.mark.parametrize("is_cancelled", [True, False])
async def test_leaving_ends_what_is_waited_for_in_its_own_task(is_cancelled: bool) -> None:
    tasks = []
    begun = asyncio.Event()

    async def items() -> AsyncGenerator[int, None]:
        tasks.append(asyncio.current_task())
        try:
            yield 1
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tasks.append(asyncio.current_task())

    async def read() -> None:
        async with aclosing(steadily(items(), A_MOMENT)) as steady:
            async for item in steady:
                if item is None and begun.is_set() and not is_cancelled:
                    break

    reading = asyncio.create_task(read())
    await begun.wait()
    if is_cancelled:
        reading.cancel()
    await asyncio.wait({reading})
    assert len(tasks) == 2
    assert tasks[0] is tasks[1]
