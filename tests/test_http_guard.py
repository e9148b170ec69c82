"""The guard in front of every request."""

from __future__ import annotations

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from safety.http_guard import ANY_HOST, LOOPBACK_HOSTS, SPACES, HttpGuard, Names

Headers = dict[str, str]


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """The application behind the guard: always glad to answer."""
    await PlainTextResponse("hello")(scope, receive, send)


async def answer(method: str, path: str, headers: Headers, hosts: tuple[str, ...] = LOOPBACK_HOSTS) -> httpx.Response:
    transport = httpx.ASGITransport(HttpGuard(page, Names(hosts)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        return await client.request(method, path, headers=headers)


@pytest.mark.parametrize("host", ["localhost", "localhost:7860", "127.0.0.1:7860", "[::1]:7860", "LOCALHOST:1"])
async def test_this_machine_is_served_under_its_own_names(host: str) -> None:
    assert (await answer("GET", "/", {"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example", "", "[", "a b"]
)
async def test_a_name_pointed_at_us_is_refused(host: str) -> None:
    assert (await answer("GET", "/", {"host": host})).status_code == 400


@pytest.mark.parametrize(
    ("host", "hosts", "status"),
    [
        ("tertulia.example", ("tertulia.example",), 200),
        ("other.example", ("tertulia.example",), 400),
        ("abc.gradio.live", ("*.gradio.live",), 200),
        ("gradio.live", ("*.gradio.live",), 400),
        ("evilgradio.live", ("*.gradio.live",), 400),
        ("192.168.1.20:7860", (ANY_HOST,), 200),
    ],
)
async def test_more_names_can_be_allowed(host: str, hosts: tuple[str, ...], status: int) -> None:
    assert (await answer("GET", "/", {"host": host}, hosts)).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("10.1.2.3:7860", 200),
        ("[fd00::1]:7860", 200),
        ("tertulia.example", 200),
        ("evil.example", 400),
        ("10.1.2", 400),
    ],
)
async def test_where_the_network_comes_in_any_address_names_us(host: str, status: int) -> None:
    guard = HttpGuard(page, Names(("tertulia.example",), any_address=True))
    assert (await asked(guard, {"host": host})).status_code == status


async def test_two_names_are_none() -> None:
    headers = [("host", "127.0.0.1"), ("host", "evil.example")]
    assert (await asked(HttpGuard(page, Names()), headers)).status_code == 400


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/?" + "a" * 9_000, {}, 414),
        ("/", {"x": "a" * 40_000}, 431),
        ("/", {f"x{i}": "a" * 100 for i in range(400)}, 431),
    ],
)
async def test_headers_have_a_limit(path: str, headers: Headers, status: int) -> None:
    assert (await answer("GET", path, headers)).status_code == status


@pytest.mark.parametrize(("framed_by", "told"), [((), "SAMEORIGIN"), (SPACES, None)])
async def test_only_spaces_are_shown_in_frames_of_others(framed_by: tuple[str, ...], told: str | None) -> None:
    headers = (await asked(HttpGuard(page, Names(), framed_by), {})).headers
    ancestors = headers["content-security-policy"].split("; ")[-1]
    assert ancestors == " ".join(("frame-ancestors 'self'", *framed_by))
    assert headers.get("x-frame-options") == told


async def asked(guard: HttpGuard, headers: Headers | list[tuple[str, str]]) -> httpx.Response:
    transport = httpx.ASGITransport(guard)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        return await client.get("/", headers=headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://localhost:7860"},
        {"origin": "http://["},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:7860"},
    ],
)
async def test_another_site_may_not_post(method: str, headers: Headers) -> None:
    assert (await answer(method, "/gradio_api/queue/join", headers)).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:7860"},
        {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "null", "sec-fetch-site": "same-origin"},  # a plain form of ours, which tells nobody where it is
    ],
)
async def test_our_own_page_and_programs_may_post(headers: Headers) -> None:
    assert (await answer("POST", "/gradio_api/queue/join", headers)).status_code == 200


async def test_a_link_from_another_site_opens_the_page() -> None:
    assert (await answer("GET", "/", {"sec-fetch-site": "cross-site"})).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=https://evil.example/x.png",
        "/gradio_api/file=HTTP://evil.example",
        "/gradio_api/file=https%3A%2F%2Fevil.example",
        "/gradio_api/file=https%253A%252F%252Fevil.example",
        "/gradio_api/file=%2568ttps%3A//evil.example",
        "/gradio_api/file=//evil.example/x",
        "/gradio_api/file=ftp://evil.example",
        "/gradio_api/file/https://evil.example",
        "/file=https://evil.example",
        "/file=https:%5C%5Cevil.example",
        "/gradio_api/proxy=https://evil.example",
        "/proxy=x",
        "/gradio_api/deep_link?session_hash=abc",
        "/gradio_api/deep_link/",
    ],
)
async def test_gradios_ways_out_are_closed(path: str) -> None:
    assert (await answer("GET", path, {})).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/", "/gradio_api/file=/tmp/gradio/abc/notes.txt", "/gradio_api/file=C:/Temp/notes.txt", "/gradio_api/info"],
)
async def test_files_of_our_own_are_served(path: str) -> None:
    assert (await answer("GET", path, {})).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
async def test_every_answer_says_what_a_page_may_load(host: str) -> None:
    headers = (await answer("GET", "/", {"host": host})).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "img-src 'self' data: blob:" in policy
    assert "object-src 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_a_foreign_socket_is_closed() -> None:
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/", "headers": [(b"host", b"evil.example")]}
    await HttpGuard(page, Names())(scope, receive, send)
    assert sent == ["websocket.close"]


async def test_the_start_and_the_end_of_the_program_pass() -> None:
    seen: list[str] = []

    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> dict[str, str]:
        return {}

    async def ignore(_: object) -> None:
        return

    await HttpGuard(program, Names(()))({"type": "lifespan"}, nothing, ignore)
    assert seen == ["lifespan"]
