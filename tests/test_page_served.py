"""What is served around the page: cookies, languages, what stays closed, and addresses that cannot be had."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import gradio as gr
import httpx
import pytest

from components.owner import OWNER_COOKIE, SESSION_COOKIE
from components.serving import Address, serve
from errors import PortTaken, SettingInvalid
from tests.gradio_client_raw import SECONDS
from tests.page_server import PageServer, serving

BROWSER = {"accept-language": "es-CL,es;q=0.9"}
OWNER_AND_FLAGS = re.compile(rf"{OWNER_COOKIE}=[\w.-]+; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax")
SESSION_AND_FLAGS = re.compile(rf"{SESSION_COOKIE}=[\w-]+; Path=/; HttpOnly; SameSite=Lax")
NO_PAGE = cast("gr.Blocks", None)  # a refused address is not even laid out


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, headers=BROWSER, timeout=SECONDS) as client:
        yield client


async def test_a_visit_gives_a_cookie_and_a_language(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    owner, session = answer.headers.get_list("set-cookie")
    assert OWNER_AND_FLAGS.fullmatch(owner)
    assert SESSION_AND_FLAGS.fullmatch(session)
    assert answer.text.index("<script>window.tertulia=") < answer.text.index("<meta")
    assert 'lang="es"' in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_known_browser_keeps_its_cookie(client: httpx.AsyncClient) -> None:
    await client.get("/")
    assert "set-cookie" not in (await client.get("/")).headers


async def test_a_browser_that_was_closed_gets_a_new_session_and_stays_who_it_is(client: httpx.AsyncClient) -> None:
    session = (await client.get("/")).cookies[SESSION_COOKIE]
    for value in ("", "made-up", "ñ"):
        kept = f"{OWNER_COOKIE}={client.cookies[OWNER_COOKIE]}; {SESSION_COOKIE}={value}"
        async with httpx.AsyncClient(base_url=str(client.base_url), headers={b"cookie": kept.encode()}) as again:
            (given,) = (await again.get("/")).headers.get_list("set-cookie")
            assert given.startswith(f"{SESSION_COOKIE}={session};")


async def test_a_forged_cookie_is_replaced(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"cookie": f"{OWNER_COOKIE}=me"})
    assert OWNER_COOKIE in answer.headers["set-cookie"]


async def test_an_embedded_page_gets_a_cookie_of_its_own(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"sec-fetch-dest": "iframe", "x-forwarded-proto": "https"})
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.endswith("; SameSite=None; Secure; Partitioned")


async def test_a_language_is_chosen_and_remembered(client: httpx.AsyncClient) -> None:
    answer = await client.get("/?a=1&lang=en")
    assert answer.status_code == 303
    assert answer.headers["location"] == "./?a=1"
    assert 'lang="en"' in (await client.get("/")).text


async def test_an_unknown_language_is_passed_over(client: httpx.AsyncClient) -> None:
    assert (await client.get("/?lang=xx")).status_code == 200


async def test_nothing_is_offered_as_an_interface(client: httpx.AsyncClient) -> None:
    assert (await client.get("/gradio_api/info")).status_code == 404


async def test_health(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok", "model": "ready", "running": 0, "waiting": 0}


@pytest.mark.parametrize(
    "path", ["/monitoring", "/gradio_api/deep_link?session_hash=a", "/gradio_api/file=https://a.b"]
)
async def test_what_gradio_would_leave_open_is_closed(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code >= 400


def test_a_taken_port_is_said_so(url: str, tmp_path: Path) -> None:
    port = httpx.URL(url).port
    assert port
    with pytest.raises(PortTaken):
        serve(NO_PAGE, PageServer(tmp_path).services(), Address(port=port))


def test_a_host_that_is_not_ours_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid):
        serve(NO_PAGE, PageServer(tmp_path).services(), Address(host="192.0.2.1", port=0))


async def test_no_other_site_reads_what_is_answered(client: httpx.AsyncClient) -> None:
    for origin in ("http://localhost:9", "https://evil.example", "null"):
        for method in ("GET", "OPTIONS"):
            headers = {"origin": origin, "access-control-request-method": "POST"}
            answer = await client.request(method, "/config", headers=headers)
            assert [name for name in answer.headers if name.startswith("access-control-")] == []


async def test_every_answer_is_for_frames_of_our_own(client: httpx.AsyncClient) -> None:
    for path in ("/", "/nothing", "/healthz", "/gradio_api/info"):
        answer = await client.get(path)
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["content-security-policy"].endswith("frame-ancestors 'self'")


def test_a_page_is_called_by_its_names() -> None:
    everywhere = Address("0.0.0.0")
    named = Address("0.0.0.0", hosts=("tertulia.example",))
    space = Address("0.0.0.0", is_space=True)
    for host, allowed in {
        "localhost:7860": (True, True, True, True),
        "10.0.0.7:7860": (False, True, True, True),
        "tertulia.example": (False, True, True, False),
        "evil.example": (False, True, False, False),
        "ana-tertulia.hf.space": (False, True, False, True),
    }.items():
        assert tuple(each.names.hold(host) for each in (Address(), everywhere, named, space)) == allowed, host
    assert [each.is_for_this_machine for each in (Address(), everywhere, space)] == [True, False, False]
