"""The whole way to another service and back, over HTTP: a served page, and a provider that speaks the real protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from components.owner import LOGIN_COOKIE
from components.sign_in_elsewhere import BEGUN_COOKIE
from tests.gradio_client_raw import SECONDS
from tests.openid_provider import OpenIdProvider, openid_provider
from tests.page_process import PageProcess, page_process

VISIT = {"accept": "text/html", "sec-fetch-mode": "navigate", "accept-language": "es"}


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    with openid_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def page(provider: OpenIdProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    with page_process(tmp_path_factory.mktemp("door"), provider_url=provider.url, needs_account=True) as page:
        yield page


@pytest.fixture
def browser(page: PageProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=page.url, timeout=SECONDS, headers=VISIT) as browser:
        yield browser


def at(browser: httpx.Client) -> str:
    return str(browser.base_url).rstrip("/")


def test_there_and_back(browser: httpx.Client, page: PageProcess) -> None:
    asking = browser.get("/sign-in?next=%2Flessons%2Ftokens")
    assert 'href="./sign-in/hf?next=%2Flessons%2Ftokens"' in asking.text
    assert "Entrar con Hugging Face" in asking.text
    answer = browser.get("/sign-in/hf?next=%2Flessons%2Ftokens", follow_redirects=True)
    assert str(answer.url) == f"{at(browser)}/lessons/tokens"
    assert answer.status_code == 200
    assert BEGUN_COOKIE not in browser.cookies
    account = browser.get("/account").text
    assert "hf:Ana-Lopez" in account
    assert 'name="new"' not in account
    lines = [json.loads(line) for line in (page.folder / "audit.jsonl").read_text().splitlines()]
    assert (lines[-1]["event"], lines[-1]["who"]) == ("sign_in", "hf:Ana-Lopez")
    assert browser.post("/account", data={"act": "everywhere"}).status_code == 303
    assert browser.get("/config", headers={"accept": "*/*", "sec-fetch-mode": "cors"}).status_code == 401
    assert "hf:Ana-Lopez" not in (page.folder / "users.json").read_text().partition('"outside"')[0]


def test_what_another_browser_brings_back_is_refused(browser: httpx.Client, page: PageProcess) -> None:
    with httpx.Client(timeout=SECONDS, headers=VISIT, base_url=page.url) as victim:
        away = browser.get("/sign-in/hf").headers["location"]
        back = httpx.get(away, timeout=SECONDS).headers["location"]
        for begins_too in (False, True):
            if begins_too:
                victim.get("/sign-in/hf")
            answer = victim.get(back)
            assert answer.headers["location"] == "../../sign-in?fault=elsewhere&next=%2F"
            assert LOGIN_COOKIE not in victim.cookies
        shown = victim.get("/sign-in?fault=elsewhere")
        assert shown.status_code == 401
        assert "no confirmó quién eres" in shown.text


@pytest.mark.parametrize("name", ["../x", "a b", "<b>", "", "x" * 200, "hf:ana"])
def test_a_name_that_is_none_is_refused(browser: httpx.Client, provider: OpenIdProvider, name: str) -> None:
    provider.person = name
    away = browser.get("/sign-in/hf").headers["location"]
    back = httpx.get(away, timeout=SECONDS).headers["location"]
    headers = {"x-forwarded-for": f"198.51.100.{len(name)}"}
    assert "fault=elsewhere" in browser.get(back, headers=headers).headers["location"]
    provider.person = "Ana-Lopez"


def test_nobody_is_led_elsewhere_afterwards(browser: httpx.Client) -> None:
    answer = browser.get("/sign-in/hf?next=//evil.example", follow_redirects=True)
    assert str(answer.url) == f"{at(browser)}/"


def test_where_nobody_can_there_is_no_such_page(tmp_path: Path) -> None:
    with page_process(tmp_path, needs_account=True) as page, httpx.Client(base_url=page.url, timeout=SECONDS) as client:
        assert client.get("/sign-in/hf").status_code == 404
