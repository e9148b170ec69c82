"""All MCP servers of the operator, on a loop of their own: what one of them does, or does not do, holds up nobody."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from agents.tools.mcp_connection import McpConnection
from agents.tools.mcp_specs import McpServer, ServerStatus
from agents.tools.tool import AgentTool

CLOSE_S = 10.0


class McpServers:
    """Starts nothing before it is asked. ``log_dir`` gets a file ``mcp-NAME.log`` of each program's stderr.

    ``wait_s`` is for servers that are starting; the tools of one that takes longer are there the next time.
    """

    def __init__(
        self,
        servers: Mapping[str, McpServer],
        log_dir: Path | None = None,
        *,
        wait_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wait_s = wait_s
        logging.getLogger("mcp").setLevel(logging.CRITICAL)  # it logs what servers send, in full
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mcp-servers", daemon=True)
        self._lock = threading.Lock()
        self._is_closed = False
        logs = {name: log_dir / f"mcp-{name}.log" if log_dir else None for name in servers}
        self._connections = tuple(
            McpConnection(name, server, logs[name], clock, self._loop) for name, server in servers.items()
        )

    async def tools(self) -> tuple[AgentTool, ...]:
        """Those of all servers that can be reached now."""
        if self._is_running():
            starts = [asyncio.run_coroutine_threadsafe(one.start(), self._loop) for one in self._connections]
            waits = [asyncio.wrap_future(start) for start in starts]
            if waits:
                await asyncio.wait(waits, timeout=self._wait_s)
        return self.known()

    def known(self) -> tuple[AgentTool, ...]:
        """What is known without asking; nothing any more once it was closed."""
        if self._is_closed:
            return ()
        return tuple(tool for connection in self._connections for tool in connection.tools)

    @property
    def status(self) -> tuple[ServerStatus, ...]:
        """How each server is doing, for people."""
        return tuple(connection.status for connection in self._connections)

    def close(self) -> None:
        """Ends what was started. Blocks, for some seconds where a program does not want to end."""
        with self._lock:
            self._is_closed = True
            was_started = self._thread.is_alive()
        if was_started:
            asyncio.run_coroutine_threadsafe(self._close_all(), self._loop).result(CLOSE_S)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSE_S)
        elif not self._loop.is_closed():
            self._loop.close()

    async def _close_all(self) -> None:
        await asyncio.gather(*(connection.close() for connection in self._connections))

    def _is_running(self) -> bool:
        """Started on first use; never again once it was closed."""
        with self._lock:
            if not self._is_closed and not self._thread.is_alive():
                self._thread.start()
            return not self._is_closed

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
