"""The door around a really served page, spoken to by hand: what is open, what is closed, and how one comes in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from components.owner import LOGIN_COOKIE, OWNER_COOKIE
from tests.gradio_client_raw import SECONDS
from tests.page_process import PageProcess, page_process
from tests.quick_accounts import PASSWORD, quick_accounts

VISIT = {"accept": "text/html,*/*", "sec-fetch-mode": "navigate", "accept-language": "es-CL"}
CLOSED = [
    "/config",
    "/gradio_api/info",
    "/gradio_api/app_id",
    "/gradio_api/queue/data?session_hash=a",
    "/gradio_api/queue/status",
    "/gradio_api/heartbeat/a",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/openapi.json",
    "/gradio_api/mcp/schema",
    "/openapi.json",
    "/theme.css",
    "/assets/index.js",
    "/static/fonts/../../config",
    "/static/img/logo.svg",
    "/vendor/html-to-image.js",
    "/lessons/tokens",
    "/templates.yaml",
    "/models/mark",
    "/documents/a/file",
    "/conversations/a/export.md",
    "/account",
    "/login",
    "/logout",
    "/healthz/",
    "/sign-in/x",
    "/nothing",
]
POSTED = [
    "/gradio_api/queue/join",
    "/gradio_api/upload",
    "/gradio_api/cancel",
    "/gradio_api/run/predict",
    "/gradio_api/call/a",
    "/gradio_api/component_server",
    "/login",
    "/account",
]


def client_of(page: PageProcess, **headers: str) -> httpx.Client:
    return httpx.Client(base_url=page.url, timeout=SECONDS, headers=headers)


def sign_in(client: httpx.Client, name: str = "ana", password: str = PASSWORD, **fields: str) -> httpx.Response:
    return client.post("/sign-in", data={"gate": "account", "name": name, "password": password, **fields})


@contextmanager
def page_with(folder: Path, *names: str, **fields: Any) -> Iterator[PageProcess]:
    accounts = quick_accounts(folder / "users.json")
    for name in names:
        accounts.add(name, PASSWORD)
    with page_process(folder, **fields) as page:
        yield page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    with page_with(tmp_path_factory.mktemp("door"), "ana", "eva") as page:
        yield page


@pytest.fixture
def client(page: PageProcess) -> Iterator[httpx.Client]:
    with client_of(page) as client:
        yield client


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_answers_but_that_one_must_sign_in(client: httpx.Client, path: str) -> None:
    for method in ("GET", "HEAD"):
        assert client.request(method, path).status_code == 401
    answer = client.get(path, headers={"accept-language": "es"})
    assert answer.json() == {"detail": "No has entrado. Recarga la página para entrar."}


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_sent(client: httpx.Client, path: str, method: str) -> None:
    assert client.request(method, path, json={}).status_code == 401


def test_a_made_up_or_anothers_cookie_opens_nothing(client: httpx.Client) -> None:
    for cookie in (f"{LOGIN_COOKIE}=ana", f"{LOGIN_COOKIE}=ana|0.a.b", f"{OWNER_COOKIE}=login:ana", "access-token=1"):
        assert client.get("/config", headers={"cookie": cookie}).status_code == 401


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("/", "./sign-in"),
        ("/lessons/tokens", "../sign-in?next=%2Flessons%2Ftokens"),
        ("/account", "./sign-in?next=%2Faccount"),
    ],
)
def test_a_visit_is_led_to_where_one_signs_in(client: httpx.Client, path: str, way: str) -> None:
    answer = client.get(path, headers=VISIT)
    assert (answer.status_code, answer.headers["location"]) == (303, way)
    assert answer.headers["content-security-policy"]
    assert client.get("/gradio_api/info", headers=VISIT).status_code == 401


def test_what_stays_open(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    page = client.get("/sign-in", headers=VISIT)
    assert page.status_code == 200
    assert 'lang="es"' in page.text
    fonts = re.findall(r'url\("\.(/static/fonts/[^"]+)"', page.text)
    assert len(fonts) == 2
    for font in fonts:
        assert client.get(font).status_code == 200


def test_the_form_is_one_that_keepers_of_passwords_know(client: httpx.Client) -> None:
    page = client.get("/sign-in", params={"next": '/lessons/a"><b>'}, headers={"accept-language": "en"}).text
    assert 'autocomplete="username"' in page
    assert 'type="password" autocomplete="current-password"' in page
    assert '<input type="hidden" name="next" value="/lessons/a&quot;&gt;&lt;b&gt;">' in page
    assert 'href="?lang=es&amp;next=%2Flessons%2Fa%22%3E%3Cb%3E"' in page
    assert "<b>" not in page


def test_a_language_is_chosen_and_the_way_is_kept(client: httpx.Client) -> None:
    answer = client.get("/sign-in?lang=es&next=%2Faccount")
    assert (answer.status_code, answer.headers["location"]) == (303, "./sign-in?next=%2Faccount")
    assert 'lang="es"' in client.get("/sign-in?next=%2Faccount").text


def test_who_signs_in_comes_to_where_they_were_going(client: httpx.Client) -> None:
    answer = sign_in(client, " Ana ", next="/lessons/tokens?lang=es")
    assert (answer.status_code, answer.headers["location"]) == (303, "./lessons/tokens?lang=es")
    login, _ = answer.headers.get_list("set-cookie")
    assert re.fullmatch(rf"{LOGIN_COOKIE}=[^;]+; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax", login)
    assert client.get("/config").status_code == 200
    assert client.get("/lessons/tokens").status_code == 200
    assert client.get("/sign-in").headers["location"] == "./"


@pytest.mark.parametrize("way", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/a\nb: c"])
def test_nobody_is_led_elsewhere(client: httpx.Client, way: str) -> None:
    assert sign_in(client, next=way).headers["location"] == "./"
    assert client.get("/sign-in", params={"next": way}).headers["location"] == "./"


def test_a_page_within_another_gets_a_cookie_of_its_own(client: httpx.Client) -> None:
    headers = {"x-forwarded-proto": "https", "sec-fetch-dest": "iframe"}
    data = {"gate": "account", "name": "ana", "password": PASSWORD}
    for cookie in client.post("/sign-in", data=data, headers=headers).headers.get_list("set-cookie"):
        assert cookie.endswith("HttpOnly; SameSite=None; Secure; Partitioned")
    (login, _) = client.post("/sign-in", data=data, headers={"x-forwarded-proto": "https"}).headers.get_list(
        "set-cookie"
    )
    assert login.endswith("HttpOnly; SameSite=Lax; Secure")


def test_another_site_can_sign_nobody_in_or_out(client: httpx.Client) -> None:
    for path in ("/sign-in", "/sign-out", "/account"):
        for origin in ("https://evil.example", "null"):
            assert client.post(path, data={}, headers={"origin": origin}).status_code == 403


def test_what_was_wrong_is_told_alike_and_the_name_stays(page: PageProcess) -> None:
    answers = []
    for name in ("ana", "nobody"):
        with client_of(page, **{"x-forwarded-for": "198.51.100.1"}) as client:
            answer = sign_in(client, name, "wrong password", next="/account")
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers
            answers.append(answer.text.replace(f'value="{name}"', ""))
    assert answers[0] == answers[1]
    assert 'role="alert"' in answers[0]
    assert 'name="next" value="/account"' in answers[0]
    assert "wrong password" not in answers[0]


def test_too_many_tries_are_told_how_long_to_wait(page: PageProcess) -> None:
    with client_of(page, **{"x-forwarded-for": "198.51.100.2", "accept-language": "es"}) as client:
        codes = [sign_in(client, f"nobody{number}").status_code for number in range(5)]
        assert codes == [401] * 5
        answer = sign_in(client, "ana")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) in (29, 30)
    assert re.search(r"Espera (29|30) segundos", answer.text)
    with client_of(page, **{"x-forwarded-for": "198.51.100.3"}) as another:
        assert sign_in(another).status_code == 303


@pytest.mark.parametrize("body", [b"", b"\xff", b"gate=zzz&name=%00&password=%ff", b"a=b&" * 500, b"x" * 100_000])
def test_odd_forms_are_only_wrong(page: PageProcess, body: bytes) -> None:
    with client_of(page, **{"x-forwarded-for": f"198.51.100.{10 + len(body) % 90}"}) as client:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        assert client.post("/sign-in", content=body, headers=headers).status_code in (401, 429)


def test_signing_out_is_of_this_browser(page: PageProcess) -> None:
    with client_of(page) as here, client_of(page) as there:
        sign_in(here)
        sign_in(there)
        assert here.get("/account", headers=VISIT).status_code == 200
        assert here.post("/sign-out").headers["location"] == "./"
        assert here.get("/config").status_code == 401
        assert there.get("/config").status_code == 200


def test_signing_out_everywhere_and_another_password_end_every_session(tmp_path: Path) -> None:
    with page_with(tmp_path, "ana", "eva") as page, client_of(page) as here, client_of(page) as there:
        with client_of(page) as eva:
            sign_in(eva, "eva")
            sign_in(here)
            sign_in(there)
            fields = {"act": "password", "password": PASSWORD, "new": "another password", "again": "another password"}
            for name, value in (("new", "short"), ("again", "another one altogether"), ("password", "wrong")):
                assert here.post("/account", data=fields | {name: value}).status_code == 400
            answer = here.post("/account", data=fields)
            assert answer.headers["location"] == "./account?told=changed"
            assert here.get("/config").status_code == 200
            assert there.get("/config").status_code == 401
            assert sign_in(there).status_code == 401
            assert sign_in(there, password="another password").status_code == 303
            assert here.post("/account", data={"act": "everywhere"}).headers["location"] == "./"
            assert [client.get("/config").status_code for client in (here, there, eva)] == [401, 401, 200]
        noted = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(line["event"], line.get("who")) for line in noted][-4:] == [
        ("password_changed", "ana"),
        ("sign_in_refused", "ana"),
        ("sign_in", "ana"),
        ("sign_out", "ana"),
    ]


def test_a_restart_and_a_removed_account(tmp_path: Path) -> None:
    with page_with(tmp_path, "ana", "eva") as page, client_of(page) as client:
        sign_in(client)
        cookies = dict(client.cookies)
    with page_process(tmp_path) as page, httpx.Client(base_url=page.url, cookies=cookies, timeout=SECONDS) as client:
        assert client.get("/config").status_code == 200
        quick_accounts(tmp_path / "users.json").remove("ana")
        assert client.get("/config").status_code == 401


def test_one_password_for_all_tells_visitors_apart(tmp_path: Path) -> None:
    with page_process(tmp_path, password="open sesame") as page, client_of(page) as one, client_of(page) as two:
        owners = set()
        for client in (one, two):
            assert client.get("/", headers=VISIT).headers["location"] == "./sign-in"
            assert 'name="name"' not in client.get("/sign-in").text
            assert client.post("/sign-in", data={"gate": "password", "password": "wrong"}).status_code == 401
            answer = client.post("/sign-in", data={"gate": "password", "password": "open sesame"})
            assert answer.status_code == 303
            assert client.get("/", headers=VISIT).status_code == 200
            owners.add(client.cookies[OWNER_COOKIE])
            assert client.get("/account").status_code == 200
        assert len(owners) == 2
        one.post("/sign-out")
        assert [client.get("/config").status_code for client in (one, two)] == [401, 200]


def test_who_may_look_around_needs_no_account(tmp_path: Path) -> None:
    with page_with(tmp_path, "ana", needs_account=False) as page, client_of(page) as client:
        assert '"account": "sign-in"' in client.get("/", headers=VISIT).text
        assert client.get("/account", headers=VISIT).headers["location"] == "./sign-in?next=%2Faccount"
        assert 'href="./"' in client.get("/sign-in", headers=VISIT).text
        sign_in(client)
        assert '"account": "account"' in client.get("/", headers=VISIT).text


def test_where_nobody_can_sign_in_that_is_said(tmp_path: Path) -> None:
    with page_process(tmp_path, needs_account=True) as page, client_of(page) as client:
        assert "--add-user" in client.get("/sign-in", headers=VISIT).text
        assert client.get("/config").status_code == 401
