"""The client that fetches pages of the public web: what it refuses without asking, and what it never falls for."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import ssl
import subprocess
import threading
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpcore
import pytest

from errors import AddressRefused, AddressUnreadable
from safety.name_lookup import SystemResolver
from safety.net import FetchLimits, GuardedClient
from tests.scripted_web import PUBLIC, ScriptedWeb, page, redirection

HELLO = page(b"<p>hello</p>")

# --- redirections ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("/b?c", "http://example.org/b?c"),
        ("b", "http://example.org/a/b"),
        ("//www.example.org/", "http://www.example.org/"),
        ("https://www.example.org", "https://www.example.org/"),
    ],
)
async def test_redirections_are_followed(location: str, found: str) -> None:
    web = ScriptedWeb([redirection(location), HELLO])
    assert (await web.client().fetch("http://example.org/a/")).url == found


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://localhost:8080/",
        "//169.254.169.254/latest",
        "file:///etc/passwd",
        "http://example.org:22/",
        "http://inner.example.org/",
        "http://user@example.org/",
        "javascript:alert(1)",
        "http://[::1",
        "\\\\127.0.0.1\\",
        "http://exam ple.org/",
    ],
)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirection_is_read_as_strictly_as_an_address(location: str, status: str) -> None:
    web = ScriptedWeb([redirection(location, status)], {"example.org": [PUBLIC], "inner.example.org": ["10.0.0.1"]})
    with pytest.raises(AddressRefused) as caught:
        await web.client().fetch("http://example.org/")
    assert caught.value.values == {"address": "http://example.org/"}
    assert web.connected == [(PUBLIC, 80)]


async def test_redirections_end() -> None:
    web = ScriptedWeb([redirection("/again")] * 10)
    with pytest.raises(AddressUnreadable):
        await web.client().fetch("http://example.org/")
    assert len(web.connected) == 6


async def test_cookies_are_not_sent_back() -> None:
    web = ScriptedWeb([page(b"", "Location: /b", "Set-Cookie: a=b", status="302 Found"), HELLO])
    await web.client().fetch("http://example.org/")
    assert b"cookie" not in web.written.lower()


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        httpcore.ConnectError("refused"),
        httpcore.ConnectTimeout("late"),
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 500_000 + b"\r\n\r\n",
        page(b"short", "Content-Length: 500"),
        page(b"x", status="404 Not Found"),
        page(b"x", status="206 Partial Content"),
        page(b"x", status="302 Found"),
        page(b"x", content_type="application/octet-stream"),
        page(b"x", content_type="image/png"),
        page(b"x", content_type=""),
        page(b"x", "Content-Encoding: br"),
        page(b"no gzip", "Content-Encoding: gzip"),
        page(gzip.compress(b"hello" * 100)[:-20], "Content-Encoding: gzip"),
        page(b"x", "Transfer-Encoding: chunked"),
    ],
    ids=range(16),
)
async def test_what_cannot_be_used_is_one_error(answer: bytes | Exception) -> None:
    web = ScriptedWeb([answer])
    with pytest.raises(AddressUnreadable) as caught:
        await web.client().fetch("http://example.org/")
    assert caught.value.values == {"address": "http://example.org/"}
    assert web.num_closed == (0 if isinstance(answer, Exception) else 1)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/markdown", "Application/PDF", "application/json", "application/xhtml+xml"]
)
async def test_kinds_of_text_are_accepted(content_type: str) -> None:
    web = ScriptedWeb([page(b"x", content_type=content_type)])
    assert (await web.client().fetch("http://example.org/")).content_type == content_type.lower()


async def test_a_packed_answer_is_unpacked() -> None:
    web = ScriptedWeb([page(gzip.compress(b"hola " * 1_000), "Content-Encoding: gzip")])
    assert (await web.client().fetch("http://example.org/")).body == b"hola " * 1_000


async def test_a_packed_bomb_is_let_go_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(bytes(300_000_000), 1)
    web = ScriptedWeb([page(bomb, "Content-Encoding: gzip")])
    tracemalloc.start()
    try:
        with pytest.raises(AddressUnreadable):
            await web.client().fetch("http://example.org/")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000


async def test_an_endless_answer_is_let_go_at_the_limit() -> None:
    web = ScriptedWeb([itertools.chain([page(b"")], itertools.repeat(b"x" * 10_000))])
    with pytest.raises(AddressUnreadable):
        await web.client(FetchLimits(max_bytes=100_000)).fetch("http://example.org/")
    assert web.num_reads <= 12
    assert web.num_closed == 1


# --- a real server ---------------------------------------------------------------------------------------------------


@asynccontextmanager
async def serving(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on this machine that says ``answer`` and then keeps the connection open without a word."""
    visitors: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitors.append(writer)
        writer.write(answer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for writer in visitors:
            writer.close()


async def test_a_place_the_operator_allows_is_asked_and_its_neighbours_are_not() -> None:
    async with serving(page(b"inner", "Content-Length: 5")) as port:
        client = GuardedClient(inner_places=[f"127.0.0.1:{port}"])
        assert (await client.fetch(f"http://127.0.0.1:{port}/")).body == b"inner"
        with pytest.raises(AddressRefused):
            await client.fetch(f"http://127.0.0.1:{port + 1 if port < 65_535 else port - 1}/")
        with pytest.raises(AddressRefused):
            await GuardedClient().fetch(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n", page(b"half", "Content-Length: 500")])
async def test_a_server_that_keeps_silent_is_let_go(answer: bytes) -> None:
    async with serving(answer) as port:
        client = GuardedClient(FetchLimits(total_seconds=0.3), inner_places=[f"127.0.0.1:{port}"])
        with pytest.raises(AddressUnreadable):
            await client.fetch(f"http://127.0.0.1:{port}/")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    """A certificate of example.org and its key, signed by nobody."""
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    options = ["-subj", "/CN=example.org", "-addext", "subjectAltName=DNS:example.org", "-nodes", "-days", "2"]
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", certificate, *options]
    subprocess.run(making, check=True, capture_output=True)
    return certificate, key


async def test_a_certificate_must_be_of_the_name_although_the_connection_goes_to_a_number(
    certificate: tuple[str, str],
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=certificate[0])

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with serving(page(b"inner", "Content-Length: 5"), tls) as port:
        places = [f"example.org:{port}", f"www.example.org:{port}"]
        client = GuardedClient(inner_places=places, resolve=resolve, ssl_context=trusting)
        assert (await client.fetch(f"https://example.org:{port}/")).body == b"inner"
        with pytest.raises(AddressUnreadable):
            await client.fetch(f"https://www.example.org:{port}/")
        with pytest.raises(AddressUnreadable):
            await GuardedClient(inner_places=places, resolve=resolve).fetch(f"https://example.org:{port}/")


async def test_name_servers_that_keep_silent_hold_a_few_threads_and_no_more() -> None:
    answered = threading.Event()
    asked: list[str] = []

    def look_up(host: str, port: int, **named: Any) -> Sequence[tuple[Any, ...]]:
        asked.append(host)
        assert answered.wait(60)
        return [(0, 0, 0, "", (PUBLIC, port))]

    resolve = SystemResolver(2, look_up)
    waiting = [asyncio.create_task(resolve(f"{number}.example.org", 80)) for number in range(5)]
    client = GuardedClient(FetchLimits(total_seconds=0.1), resolve=resolve)
    with pytest.raises(AddressUnreadable):
        await client.fetch("http://late.example.org/")
    waiting[0].cancel()
    assert len(asked) == 2
    answered.set()
    assert await asyncio.gather(*waiting[1:]) == [(PUBLIC,)] * 4
    assert await resolve("again.example.org", 80) == (PUBLIC,)


async def test_a_name_that_nobody_has_is_an_error_of_the_lookup() -> None:
    def look_up(host: str, port: int, **named: Any) -> Sequence[tuple[Any, ...]]:
        raise OSError("no such name")

    with pytest.raises(AddressRefused):
        await GuardedClient(resolve=SystemResolver(1, look_up)).fetch("http://example.org/")
