"""Serves an MCP server, or what is none, over HTTP on the loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route


class HttpServer:
    """Serves ``app`` at ``url`` until it is stopped."""

    def __init__(self, app: Any, port: int = 0) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        config = uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._started = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._thread.start()
        self._started.wait()

    async def _serve(self) -> None:
        self._socket.listen()  # who comes from now on waits until the server is ready
        self._started.set()
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join()
        self._socket.close()


@contextmanager
def served(app: Any, port: int = 0) -> Iterator[HttpServer]:
    server = HttpServer(app, port)
    try:
        yield server
    finally:
        server.stop()


def always(status: int, body: str, media_type: str) -> Starlette:
    """Answers every request alike."""

    async def answer(request: object) -> Response:
        return Response(body, status, media_type=media_type)

    return Starlette(routes=[Route("/mcp", answer, methods=["GET", "POST", "DELETE"])])
