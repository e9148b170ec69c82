"""How pages of the web are fetched, for every room that does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from safety.web_address import Fetched
from settings import Settings

if TYPE_CHECKING:
    from safety.net import GuardedClient

SECONDS = 20.0


def page_fetcher(settings: Settings, seconds: float = SECONDS) -> Callable[[str], Awaitable[Fetched]]:
    """What fetches the page at an address within ``seconds``; its client is made with the first one."""
    fetcher = _Fetcher(settings.readable_places, seconds)
    return fetcher.fetch


class _Fetcher:
    def __init__(self, inner_places: tuple[str, ...], seconds: float) -> None:
        self._inner_places = inner_places
        self._seconds = seconds
        self._making = threading.Lock()
        self._client: GuardedClient | None = None

    async def fetch(self, address: str) -> Fetched:
        client = await asyncio.to_thread(self._made)
        return await client.fetch(address)

    def _made(self) -> GuardedClient:
        from safety.net import FetchLimits, GuardedClient

        with self._making:
            if self._client is None:
                limits = FetchLimits(total_seconds=self._seconds)
                self._client = GuardedClient(limits, inner_places=self._inner_places)
            return self._client
