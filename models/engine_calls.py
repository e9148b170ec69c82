"""One question to the engine, asked from a coroutine: its closing event, and an end to it when nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from models.engine.engine_requests import Sink
from models.engine.protocol import Event, Piece, Queued


async def closing_event(ask: Callable[[Sink], str], cancel: Callable[[str], None] = lambda _: None) -> Event:
    """What the engine says in the end to what ``ask`` sends it. ``cancel`` stops the request when the caller leaves.

    Questions that need no step of the model have nothing to stop.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Event] = loop.create_future()

    def settle(event: Event) -> None:
        if not answer.done():  # whoever asked may have left
            answer.set_result(event)

    def sink(event: Event) -> None:
        if not isinstance(event, Piece | Queued) and not loop.is_closed():
            loop.call_soon_threadsafe(settle, event)

    request_id = ask(sink)
    try:
        return await answer
    finally:
        cancel(request_id)  # one that ended is ignored
