"""A web without a network: names and their addresses, and servers that answer from a script."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import httpcore

from safety.net import DEFAULT_LIMITS, FetchLimits, GuardedClient

PUBLIC = "93.184.216.34"
Names = Mapping[str, Sequence[str]]


def page(body: bytes, *fields: str, status: str = "200 OK", content_type: str = "text/html; charset=utf-8") -> bytes:
    """An answer as it travels; it ends where the connection does."""
    head = [f"HTTP/1.1 {status}", *([f"Content-Type: {content_type}"] if content_type else []), *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def redirection(target: str, status: str = "302 Found") -> bytes:
    return page(b"", f"Location: {target}", status=status)


class ScriptedStream(httpcore.AsyncNetworkStream):
    def __init__(self, pieces: Iterable[bytes], web: ScriptedWeb) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._web = web

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        self._web.num_reads += 1
        return next(self._pieces, b"")

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._web.written += buffer

    async def aclose(self) -> None:
        self._web.num_closed += 1

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, *others: Any, **named: Any
    ) -> httpcore.AsyncNetworkStream:
        self._web.tls_names.append(server_hostname)
        return self


class ScriptedWeb(httpcore.AsyncNetworkBackend):
    """Resolver and connector in one. Each connection gets the next of ``answers``; a fault among them is raised."""

    def __init__(self, answers: Sequence[bytes | Iterable[bytes] | Exception], names: Names | None = None) -> None:
        self._answers = list(answers)
        self._names = names
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self.tls_names: list[str | None] = []
        self.written = b""
        self.num_reads = 0
        self.num_closed = 0

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host[0].isdigit() or ":" in host:
            return (host,)
        if self._names is None:
            return (PUBLIC,)
        if host not in self._names:
            raise OSError("no such name")
        return self._names[host]

    async def connect_tcp(self, host: str, port: int, *others: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return ScriptedStream([answer] if isinstance(answer, bytes) else answer, self)

    def client(self, limits: FetchLimits = DEFAULT_LIMITS) -> GuardedClient:
        return GuardedClient(
            limits, resolve=self.resolve, backend=self, ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
