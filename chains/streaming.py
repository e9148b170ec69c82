"""Reads a chain's stream at the pace of a page, and ends the model's work the moment the reader leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from chains.recorder import QueuePlace, RunRecorder

SECONDS_BETWEEN_UPDATES = 0.1  # a browser redraws the whole answer at each update


@dataclass(frozen=True)
class Progress:
    """What is new: more ``text``, or the ``place`` in the model's queue while there is none yet."""

    text: str = ""
    place: QueuePlace | None = None


class PacedStream:
    """One run of ``chain``: iterate it once; ``recorder`` then knows how it went."""

    def __init__(self, chain: Runnable[dict[str, Any], str], variables: dict[str, Any], config: RunnableConfig) -> None:
        self._news: asyncio.Queue[Progress | None] = asyncio.Queue()
        self.recorder = RunRecorder(lambda place: self._news.put_nowait(Progress(place=place)))
        self._stream = chain.astream(variables, {**config, "callbacks": [self.recorder]})

    async def read(self) -> AsyncGenerator[Progress, None]:
        """Yield the chain's text, joining pieces that come faster than SECONDS_BETWEEN_UPDATES.

        The chain runs in a task of its own: closing a chain's generator leaves the model's waiting for its next token
        until that is collected, whereas cancelling the task interrupts the wait. Raises what the chain raises.
        """
        task = asyncio.create_task(self._produce())
        try:
            while (progress := await self._news.get()) is not None:
                progress, is_last = self._join(progress)
                yield progress
                if is_last:
                    break
                await asyncio.wait((task,), timeout=SECONDS_BETWEEN_UPDATES)  # the end does not wait
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _produce(self) -> None:
        try:
            async for piece in self._stream:
                self._news.put_nowait(Progress(text=piece))
        finally:
            self._news.put_nowait(None)

    def _join(self, progress: Progress) -> tuple[Progress, bool]:
        """``progress`` and all that has come since, and whether that was the last."""
        while not self._news.empty():
            more = self._news.get_nowait()
            if more is None:
                return progress, True
            text = progress.text + more.text
            progress = Progress(text, None if text else more.place or progress.place)
        return progress, False
