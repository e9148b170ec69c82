"""Reads a chain's stream at the pace of a page, and ends the model's work the moment the reader leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

SECONDS_BETWEEN_UPDATES = 0.1  # a browser redraws the whole answer at each update

_END = None


async def paced_stream(
    chain: Runnable[dict[str, Any], str], variables: dict[str, Any], config: RunnableConfig
) -> AsyncGenerator[str, None]:
    """Yield the chain's text, joining pieces that come faster than SECONDS_BETWEEN_UPDATES.

    The chain runs in a task of its own: closing a chain's generator leaves the model's waiting for its next token
    until that is collected, whereas cancelling the task interrupts the wait. Raises what the chain raises.
    """
    pieces: asyncio.Queue[str | None] = asyncio.Queue()

    async def produce() -> None:
        try:
            async for piece in chain.astream(variables, config):
                pieces.put_nowait(piece)
        finally:
            pieces.put_nowait(_END)

    task = asyncio.create_task(produce())
    try:
        while (piece := await pieces.get()) is not _END:
            text = piece
            while not pieces.empty() and (piece := pieces.get_nowait()) is not _END:
                text += piece
            yield text
            if piece is _END:
                break
            await asyncio.sleep(SECONDS_BETWEEN_UPDATES)
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
