"""Who comes in: by nothing, by a password that all share, by an account, by a link; and who has to wait."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from components.entrance import MAX_WAITING, Entrance, Gate, Rules, cookie_of
from components.owner import LOGIN_COOKIE, OWNER_COOKIE, OwnerCookie
from components.sign_in_door import safe_way, way_to_sign_in
from errors import PasswordWrong, SignInRefused, TooManyTries
from safety.accounts import Accounts
from safety.audit_log import AuditLog
from safety.visitor_address import visitor_address
from tests.quick_accounts import PASSWORD, quick_accounts

HOST = "127.0.0.1:7860"
LINK_HOST = "abc123.gradio.live"
SHARED = "open sesame"
HERE = "203.0.113.9"


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return quick_accounts(tmp_path / "users.json")


def entrance_of(accounts: Accounts, password: str = "", needs_account: bool | None = None) -> Entrance:
    log = AuditLog(accounts._path.with_name("audit.jsonl"))
    return Entrance(OwnerCookie(b"one secret of the tests", accounts), Rules(password, needs_account), log)


async def shown(entrance: Entrance, gate: Gate, password: str) -> dict[str, str]:
    return {cookie_of(gate): await entrance.show_password(gate, password, HERE)}


async def login(entrance: Entrance, name: str = "ana", password: str = PASSWORD) -> dict[str, str]:
    account = await entrance.sign_in(name, password, HERE)
    return {LOGIN_COOKIE: entrance._owners.login_value(account)}


def gate(entrance: Entrance, cookies: Mapping[str, str] | None = None, host: str = HOST) -> Gate | None:
    return entrance.closed_gate(host, cookies or {})


def noted(accounts: Accounts) -> list[dict[str, str]]:
    lines = accounts._path.with_name("audit.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_by_itself_nothing_is_asked_for(accounts: Accounts) -> None:
    assert gate(entrance_of(accounts)) is None
    assert gate(Entrance.open_to_all(), host=LINK_HOST) is None


async def test_one_password_for_all(accounts: Accounts) -> None:
    entrance = entrance_of(accounts, SHARED)
    assert gate(entrance) is Gate.PASSWORD
    assert gate(entrance, {OWNER_COOKIE: entrance._owners.new_value()}) is Gate.PASSWORD
    cookies = await shown(entrance, Gate.PASSWORD, SHARED)
    assert gate(entrance, cookies) is None
    assert gate(entrance_of(accounts, SHARED), cookies) is None  # after a restart, too
    assert gate(entrance_of(accounts, "another one"), cookies) is Gate.PASSWORD
    for wrong in ("", SHARED[:-1], SHARED + " ", "\udcff"):
        with pytest.raises(PasswordWrong):
            await shown(entrance_of(accounts, SHARED), Gate.PASSWORD, wrong)


async def test_no_password_opens_a_gate_that_has_none(accounts: Accounts) -> None:
    for closed in (Gate.PASSWORD, Gate.LINK):
        with pytest.raises(PasswordWrong):
            await shown(entrance_of(accounts), closed, "")


async def test_an_account_is_needed_as_soon_as_there_is_one(accounts: Accounts) -> None:
    entrance = entrance_of(accounts, SHARED)
    cookies = await shown(entrance, Gate.PASSWORD, SHARED)
    accounts.add("ana", PASSWORD)
    assert gate(entrance, cookies) is Gate.ACCOUNT
    assert gate(entrance, await login(entrance)) is None
    accounts.remove("ana")
    assert gate(entrance, cookies) is Gate.ACCOUNT  # a file that is gone opens no door
    assert gate(entrance_of(accounts, SHARED), cookies) is None


async def test_the_operator_decides_who_may_look_around(accounts: Accounts) -> None:
    assert gate(entrance_of(accounts, needs_account=True)) is Gate.ACCOUNT
    accounts.add("ana", PASSWORD)
    assert gate(entrance_of(accounts, needs_account=False)) is None
    by_password = entrance_of(accounts, SHARED, needs_account=False)
    assert gate(by_password) is Gate.PASSWORD
    assert gate(by_password, await login(by_password)) is None


async def test_a_link_asks_for_its_own_password(accounts: Accounts) -> None:
    entrance = entrance_of(accounts)
    entrance.open_link(".gradio.live", SHARED)
    for host in (LINK_HOST, f"{LINK_HOST}:443", LINK_HOST.upper(), f"{LINK_HOST}."):
        assert gate(entrance, host=host) is Gate.LINK
    assert gate(entrance) is None
    assert gate(entrance, host="gradio.live.example.org") is None
    cookies = await shown(entrance, Gate.LINK, SHARED)
    assert gate(entrance, cookies, LINK_HOST) is None


async def test_what_was_shown_for_a_link_ends_with_it(accounts: Accounts) -> None:
    entrance = entrance_of(accounts)
    entrance.open_link(".gradio.live", SHARED)
    cookies = await shown(entrance, Gate.LINK, SHARED)
    entrance.close_link()
    assert not entrance.has_shown_any(cookies)
    entrance.open_link(".gradio.live", SHARED)  # the same password is another link
    assert gate(entrance, cookies, LINK_HOST) is Gate.LINK
    with pytest.raises(PasswordWrong):
        await shown(entrance, Gate.LINK, "the old one")


async def test_a_link_opens_no_account_and_needs_no_second_password(accounts: Accounts) -> None:
    entrance = entrance_of(accounts, "of this page")
    entrance.open_link(".gradio.live", SHARED)
    cookies = await shown(entrance, Gate.LINK, SHARED)
    assert gate(entrance, cookies, LINK_HOST) is None
    assert gate(entrance, cookies) is Gate.PASSWORD
    accounts.add("ana", PASSWORD)
    assert gate(entrance, cookies, LINK_HOST) is Gate.ACCOUNT
    assert gate(entrance, await login(entrance), LINK_HOST) is Gate.LINK


async def test_five_wrong_ones_and_then_a_wait_for_that_address(accounts: Accounts) -> None:
    accounts.add("ana", PASSWORD)
    entrance = entrance_of(accounts)
    for number in range(5):
        with pytest.raises(SignInRefused):
            await entrance.sign_in(f"user{number}", "wrong", HERE)
    with pytest.raises(TooManyTries) as refusal:
        await entrance.sign_in("ana", PASSWORD, HERE)
    assert refusal.value.values["seconds"] in (29, 30)
    assert (await entrance.sign_in("ana", PASSWORD, "198.51.100.7")).name == "ana"


async def test_and_for_that_name_whether_or_not_anybody_has_it(accounts: Accounts) -> None:
    accounts.add("ana", PASSWORD)
    entrance = entrance_of(accounts)
    for name in ("ana", "nobody"):
        for number in range(5):
            with pytest.raises(SignInRefused):
                await entrance.sign_in(name, "wrong", f"198.51.100.{number}")
        with pytest.raises(TooManyTries):
            await entrance.sign_in(name.upper(), PASSWORD, "203.0.113.1")


async def test_a_password_that_all_share_is_throttled_too(accounts: Accounts) -> None:
    entrance = entrance_of(accounts, SHARED)
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            await shown(entrance, Gate.PASSWORD, "wrong")
    with pytest.raises(TooManyTries):
        await shown(entrance, Gate.PASSWORD, SHARED)


async def test_many_right_ones_wait_for_nothing(accounts: Accounts) -> None:
    accounts.add("ana", PASSWORD)
    entrance = entrance_of(accounts)
    for _ in range(12):
        await entrance.sign_in("ana", PASSWORD, HERE)


async def test_a_crowd_is_told_to_come_back(accounts: Accounts) -> None:
    accounts.add("ana", PASSWORD)
    entrance = entrance_of(accounts)
    entrance._num_hashing = MAX_WAITING
    with pytest.raises(TooManyTries):
        await entrance.sign_in("ana", PASSWORD, HERE)


async def test_what_happened_is_noted_without_what_was_typed(accounts: Accounts) -> None:
    accounts.add("ana", PASSWORD)
    entrance = entrance_of(accounts)
    await entrance.sign_in("ana", PASSWORD, HERE)
    for name in ("ana", "my-password-in-the-wrong-box"):
        with pytest.raises(SignInRefused):
            await entrance.sign_in(name, "wrong password", HERE)
    lines = noted(accounts)
    assert [(line["event"], line.get("who")) for line in lines] == [
        ("sign_in", "ana"),
        ("sign_in_refused", "ana"),
        ("sign_in_refused", None),
    ]
    assert all(line["address"] == HERE and "password" not in json.dumps(line) for line in lines)


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusts_proxy", "address"),
    [
        ("203.0.113.9", "", False, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.7", False, "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7", True, "198.51.100.7"),
        ("10.0.0.1", "made up, 192.0.2.1, 198.51.100.7", True, "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, <b>", True, "10.0.0.1"),
        ("10.0.0.1", "", True, "10.0.0.1"),
        ("2001:db8:1:2:3::4", "", False, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "", False, "203.0.113.9"),
        ("testclient", "", False, "testclient"),
        ("", "", True, ""),
    ],
)
def test_from_where_a_request_came(peer: str, forwarded: str, trusts_proxy: bool, address: str) -> None:
    assert visitor_address(peer, forwarded, trusts_proxy=trusts_proxy) == address


@pytest.mark.parametrize("way", ["/", "/lessons/tokens?lang=es", "/account", "/?a=1&b=%2F%2F", "/a//b"])
def test_ways_that_lead_to_us(way: str) -> None:
    assert safe_way(way) == way


@pytest.mark.parametrize(
    "way",
    [
        "",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/a\r\nset-cookie: a=b",
        " //evil.example",
        "/sign-in?next=/",
        "/sign-out",
        "evil.example",
        "/" + "a" * 3_000,
    ],
)
def test_ways_that_do_not(way: str) -> None:
    assert safe_way(way) == "/"


@pytest.mark.parametrize(
    ("path", "query", "way"),
    [
        ("/", b"", "./sign-in"),
        ("/", b"lang=es", "./sign-in?next=%2F%3Flang%3Des"),
        ("/account", b"", "./sign-in?next=%2Faccount"),
        ("/lessons/tokens", b"", "../sign-in?next=%2Flessons%2Ftokens"),
        ("//evil.example/a", b"", "../../sign-in"),
        ("/a/../..//b", b"", "../../../../sign-in?next=%2Fa%2F..%2F..%2F%2Fb"),
    ],
)
def test_the_way_to_sign_in_remembers_where_one_was_going(path: str, query: bytes, way: str) -> None:
    assert way_to_sign_in({"path": path, "query_string": query}) == way
