"""Fetches a page of the public web, and nothing else, however its address is written and whatever its server answers.

Each hop: the address is read once, its name resolved once, every answer must be a public address, and the connection
goes to one of these, while TLS and the ``Host`` header use the name. So a name that resolves differently a moment
later changes nothing. No cookies, no proxy of the environment, no password of a ``.netrc``.

Inner places, names without an address and odd forms are one AddressRefused: nothing was asked of them, so nothing can
be learned. What a public server does wrong is one AddressUnreadable.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import zlib
from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore

from errors import AddressRefused, AddressUnreadable
from safety.name_lookup import SystemResolver
from safety.public_addresses import public_address
from safety.web_address import Fetched, NotPublic, WebAddress, check_place, next_address, read_address

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

REDIRECTIONS = (301, 302, 303, 307, 308)
CONTENT_TYPE = re.compile(r"text/[\w.+-]+|application/(?:xhtml\+xml|json|pdf)", re.IGNORECASE)
CHARSET = re.compile(r"""charset=["']?([\w.:+-]{1,40})""", re.IGNORECASE)
GZIP = 16 + zlib.MAX_WBITS
MAX_TRIED = 4  # addresses of one name
MAX_SHOWN = 200  # characters of an address in a sentence about it
REQUEST_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Tertulia)",
    "Accept": "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,application/json;q=0.8",
    "Accept-Language": "es,en;q=0.8",
    "Accept-Encoding": "gzip",  # the only one that can be unpacked in bounds
    "Connection": "close",
}
FAULTS = (
    OSError,
    TimeoutError,
    zlib.error,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


@dataclass(frozen=True)
class FetchLimits:
    """``total_seconds`` holds from the first name to the last byte, ``max_bytes`` for the unpacked body."""

    total_seconds: float = 20.0
    connect_seconds: float = 5.0
    max_bytes: int = 10_000_000
    max_redirections: int = 5


DEFAULT_LIMITS = FetchLimits()


class _Unreadable(Exception):
    """The server answered, but with nothing that can be used."""


class GuardedClient:
    """``inner_places`` are "host:port" that the operator allows although they are not public."""

    def __init__(
        self,
        limits: FetchLimits = DEFAULT_LIMITS,
        *,
        inner_places: Collection[str] = (),
        resolve: Resolver | None = None,
        backend: httpcore.AsyncNetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits
        self._inner_places = frozenset(inner_places)
        self._resolve = resolve or SystemResolver()
        self._backend = backend or httpcore.AnyIOBackend()
        self._ssl_context = ssl_context or httpcore.default_ssl_context()

    async def fetch(self, url: str) -> Fetched:
        """The page at ``url``. Raises AddressRefused and AddressUnreadable, both with the address that was asked."""
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                return await self._follow(read_address(url))
        except NotPublic as error:
            raise AddressRefused(address=url[:MAX_SHOWN]) from error
        except (*FAULTS, _Unreadable) as error:
            raise AddressUnreadable(address=url[:MAX_SHOWN]) from error

    async def _follow(self, address: WebAddress) -> Fetched:
        for _ in range(self._limits.max_redirections + 1):
            answer = await self._ask(address)
            if isinstance(answer, Fetched):
                return answer
            address = next_address(address, answer)
        raise _Unreadable

    async def _ask(self, address: WebAddress) -> Fetched | str:
        """The page, or where to look for it."""
        backend = _PinnedBackend(self._backend, await self._checked_addresses(address))
        parts = {"scheme": address.scheme, "host": address.host, "target": address.target}
        url = httpcore.URL(port=address.port, **{name: part.encode() for name, part in parts.items()})
        headers = [("Host", address.authority), *REQUEST_HEADERS.items()]
        step_seconds = self._limits.total_seconds
        timeouts = {"connect": self._limits.connect_seconds, "read": step_seconds, "write": step_seconds}
        async with (
            httpcore.AsyncConnectionPool(ssl_context=self._ssl_context, network_backend=backend) as pool,
            pool.stream("GET", url, headers=headers, extensions={"timeout": timeouts}) as response,
        ):
            fields = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
            if response.status in REDIRECTIONS and "location" in fields:
                return fields["location"]
            if response.status != 200:
                raise _Unreadable
            return await self._read(address, fields, response.aiter_stream())

    async def _checked_addresses(self, address: WebAddress) -> tuple[str, ...]:
        """Every address of the host. Raises NotPublic unless all of them are public, or the operator allows it."""
        if f"{address.host}:{address.port}" in self._inner_places:
            return tuple(await self._resolve(address.host, address.port))
        check_place(address)
        try:
            answers = await self._resolve(address.host, address.port)
        except (OSError, UnicodeError) as error:  # a name that nobody has must look like an inner one
            raise NotPublic from error
        found = [public_address(answer) for answer in answers]
        checked = tuple(text for text in found if text is not None)
        if not checked or len(checked) < len(found):
            raise NotPublic
        return checked

    async def _read(self, address: WebAddress, fields: dict[str, str], stream: AsyncIterable[bytes]) -> Fetched:
        content_type, _, parameters = fields.get("content-type", "").partition(";")
        content_type = content_type.strip().lower()
        if not CONTENT_TYPE.fullmatch(content_type):
            raise _Unreadable
        body = _Body(self._limits.max_bytes, fields.get("content-encoding", "").strip().lower())
        async for piece in stream:
            body.add(piece)
        charset = CHARSET.search(parameters)
        return Fetched(str(address), content_type, body.finished(), charset[1].lower() if charset else "")


class _PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, whatever name is asked for."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, addresses: Sequence[str]) -> None:
        self._backend = backend
        self._addresses = addresses[:MAX_TRIED]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that answers; ``host`` is the name it was checked for."""
        *others, last = self._addresses
        for address in others:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(last, port, timeout, local_address, socket_options)


class _Body:
    """Collects what a server sends, unpacked, within ``max_bytes`` on either side of the unpacking."""

    def __init__(self, max_bytes: int, encoding: str) -> None:
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise _Unreadable
        self._max_bytes = max_bytes
        self._num_received = 0
        self._kept = bytearray()
        self._unpacker = zlib.decompressobj(GZIP) if encoding.endswith("gzip") else None

    def add(self, piece: bytes) -> None:
        self._num_received += len(piece)
        if self._num_received > self._max_bytes:
            raise _Unreadable
        if self._unpacker is None:
            self._keep(piece)
            return
        self._keep(self._unpacker.decompress(piece, self._max_bytes + 1 - len(self._kept)))  # 0 would mean no limit

    def finished(self) -> bytes:
        if self._unpacker is not None and self._num_received and not self._unpacker.eof:
            raise _Unreadable
        return bytes(self._kept)

    def _keep(self, piece: bytes) -> None:
        self._kept += piece
        if len(self._kept) > self._max_bytes:
            raise _Unreadable
