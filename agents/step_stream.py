"""Reads the steps of a turn at the pace of a page, and ends the turn the moment the reader leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from agents.leaving import leave
from agents.steps import AgentStep
from chains.streaming import SECONDS_BETWEEN_UPDATES

Steps = AsyncGenerator[AgentStep, None]
Batches = AsyncGenerator[tuple[AgentStep, ...], None]


class StepStream:
    """Steps of one turn: those of its loop, and those that others put among them."""

    def __init__(self) -> None:
        self._news: asyncio.Queue[AgentStep | None] = asyncio.Queue()

    def put(self, step: AgentStep) -> None:
        """Something happened beside the loop."""
        self._news.put_nowait(step)

    async def read(self, steps: Steps) -> Batches:
        """Yield the loop's ``steps`` together with those that are put in meanwhile: all that came since the last time.

        The loop runs in a task of its own, as chains do in ``chains.streaming``: so it can be interrupted wherever it
        waits. Raises what it raises.
        """
        task = asyncio.create_task(self._produce(steps))
        try:
            while (step := await self._news.get()) is not None:
                batch, is_last = self._join(step)
                yield batch
                if is_last:
                    break
                await asyncio.wait((task,), timeout=SECONDS_BETWEEN_UPDATES)  # the end does not wait
            await task
        finally:
            await leave(task)
            if task.done() and not task.cancelled():
                task.exception()  # looked at, for whoever left does not ask for it

    def rest(self) -> tuple[AgentStep, ...]:
        """What came and was not read any more."""
        steps = []
        while not self._news.empty():
            steps.append(self._news.get_nowait())
        return tuple(step for step in steps if step is not None)

    async def _produce(self, steps: Steps) -> None:
        try:
            async with aclosing(steps):
                async for step in steps:
                    self._news.put_nowait(step)
        finally:
            self._news.put_nowait(None)

    def _join(self, step: AgentStep) -> tuple[tuple[AgentStep, ...], bool]:
        """``step`` and all that have come since, and whether that was the last."""
        batch = [step]
        while not self._news.empty():
            more = self._news.get_nowait()
            if more is None:
                return tuple(batch), True
            batch.append(more)
        return tuple(batch), False
