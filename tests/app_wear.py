"""What the process of a served program holds, looked at from outside (Linux)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.served_app import ServedApp

MEGABYTE = 1_000_000
SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True)
class Held:
    """Open files and sockets, threads, children, and memory in MB."""

    files: int
    threads: int
    children: int
    mb: float


def held_by(app: ServedApp) -> Held:
    process = psutil.Process(app.process_id)
    return Held(process.num_fds(), process.num_threads(), len(process.children()), process.memory_info().rss / MEGABYTE)


async def at_rest(app: ServedApp) -> None:
    """Wait until no answer is written and none waits."""
    async with httpx.AsyncClient(base_url=app.url) as client:
        while True:
            health = (await client.get("/healthz")).raise_for_status().json()
            if (health["running"], health["waiting"]) == (0, 0) and not being_written(app.data):
                return
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def comes_true(is_so: Callable[[], bool]) -> None:
    """Wait for what another process does in its own time."""
    while not is_so():  # noqa: ASYNC110 - in another process
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


def being_written(data: Path) -> int:
    """How many answers are kept as not ended yet."""
    return statuses(data).get("answering", 0)


def statuses(data: Path) -> dict[str, int]:
    """How many messages are in which state."""
    with closing(sqlite3.connect(data / "tertulia.sqlite")) as connection:
        return dict(connection.execute("SELECT status, count(*) FROM messages GROUP BY status").fetchall())
