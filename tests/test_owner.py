"""The owner cookie: only this server can make one, and each browser gets its own."""

from __future__ import annotations

import stat
import sys
import time
from pathlib import Path

import gradio as gr
import pytest
from itsdangerous import TimestampSigner

from components.owner import LOGIN_COOKIE, OWNER_COOKIE, SESSION_COOKIE, OwnerCookie
from components.proofs import SECONDS_PROOFS_LAST
from errors import SessionMissing
from safety.accounts import Accounts
from tests.quick_accounts import PASSWORD, quick_accounts

SECRET = b"one secret of the tests, thirty-two bytes long"
owners = OwnerCookie(SECRET)


def test_a_new_cookie_stands_for_one_owner() -> None:
    value = owners.new_value()
    owner = owners.owner_in({OWNER_COOKIE: value})
    assert owner
    assert owners.owner_of(gr.Request(cookies={OWNER_COOKIE: value})) == owner


def test_every_browser_is_somebody_else() -> None:
    seen = {owners.owner_in({OWNER_COOKIE: owners.new_value()}) for _ in range(100)}
    assert len(seen) == 100


@pytest.mark.parametrize("value", ["", "anybody", ".", "anybody.c2lnbmF0dXJl", "x" * 5_000, "ñ.ñ"])
def test_a_made_up_cookie_is_nobody(value: str) -> None:
    assert owners.owner_in({OWNER_COOKIE: value}) is None


def test_an_altered_cookie_is_nobody() -> None:
    value = owners.new_value()
    altered = ("A" if value[0] != "A" else "B") + value[1:]
    assert owners.owner_in({OWNER_COOKIE: altered}) is None


def test_a_cookie_of_another_secret_is_nobody() -> None:
    other = OwnerCookie(b"another secret of the tests, also long enough")
    assert owners.owner_in({OWNER_COOKIE: other.new_value()}) is None


def test_a_request_without_a_cookie_is_refused() -> None:
    with pytest.raises(SessionMissing):
        owners.owner_of(gr.Request(cookies={}))


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    accounts = quick_accounts(tmp_path / "users.json")
    for name in ("ana", "eva"):
        accounts.add(name, PASSWORD)
    return accounts


def login_of(owners: OwnerCookie, accounts: Accounts, name: str) -> dict[str, str]:
    account = accounts.find(name)
    assert account
    return {LOGIN_COOKIE: owners.login_value(account)}


def test_a_login_of_ones_own_is_an_owner_in_every_browser(accounts: Accounts) -> None:
    owners = OwnerCookie(SECRET, accounts)
    cookies = {OWNER_COOKIE: owners.new_value()}
    anonymous, ana, eva = owners.owner_in(cookies), login_of(owners, accounts, "ana"), login_of(owners, accounts, "eva")
    owner = owners.owner_of(gr.Request(cookies={**cookies, **ana}))
    assert owner == "login:ana" == owners.owner_of(gr.Request(cookies=ana)) == owners.owner_in(ana)
    assert owner not in (anonymous, owners.owner_in(eva))


def test_a_login_ends_with_the_account_its_password_or_its_sessions(accounts: Accounts) -> None:
    owners = OwnerCookie(SECRET, accounts)
    ana, eva = login_of(owners, accounts, "ana"), login_of(owners, accounts, "eva")
    accounts.end_sessions("ana")
    assert owners.owner_in(ana) is None
    ana = login_of(owners, accounts, "ana")
    accounts.change_password("ana", "another good password")
    assert owners.owner_in(ana) is None
    ana = login_of(owners, accounts, "ana")
    accounts.remove("ana")
    assert owners.owner_in(ana) is None
    accounts.add("ana", PASSWORD)
    assert owners.owner_in(ana) is None
    assert owners.owner_in(eva) == "login:eva"


def test_a_login_of_another_secret_or_of_nobody_is_none(accounts: Accounts) -> None:
    owners = OwnerCookie(SECRET, accounts)
    assert owners.owner_in(login_of(OwnerCookie(b"another secret", accounts), accounts, "ana")) is None
    assert OwnerCookie(SECRET).owner_in(login_of(owners, accounts, "ana")) is None
    for made_up in ("", "ana", "ana|0", "ana|0.1.2", "ñ"):
        assert owners.owner_in({LOGIN_COOKIE: made_up}) is None


def test_a_login_ends_after_a_month(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    owners = OwnerCookie(SECRET, accounts)
    ana = login_of(owners, accounts, "ana")
    now = int(time.time())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: now + SECONDS_PROOFS_LAST + 5)
    assert owners.owner_in(ana) is None


def test_the_proof_of_a_password_is_no_login(accounts: Accounts) -> None:
    owners = OwnerCookie(SECRET, accounts)
    account = accounts.find("ana")
    assert account
    another = owners.proofs.value("tertulia_password", "ana", f"{account.hashed}\0{account.generation}")
    assert owners.owner_in({LOGIN_COOKIE: another}) is None


def test_a_session_is_of_one_owner() -> None:
    cookies = {SESSION_COOKIE: owners.session_value("ana")}
    assert owners.is_in_session("ana", cookies)
    assert not owners.is_in_session("eva", cookies)
    assert not owners.is_in_session("ana", {SESSION_COOKIE: "ñ"})
    assert not owners.is_in_session("ana", {})
    assert not owners.is_in_session(owners.new_value(), {SESSION_COOKIE: owners.new_value()})


def test_no_cookie_stands_for_a_login(accounts: Accounts) -> None:
    owners = OwnerCookie(SECRET, accounts)
    owner = owners.owner_of(gr.Request(cookies=login_of(owners, accounts, "ana")))
    assert owners.owner_in({OWNER_COOKIE: owner}) is None
    assert ":" in owner
    assert ":" not in owners.new_value()


def test_the_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "cookie.secret"
    value = OwnerCookie.load(path).new_value()
    assert OwnerCookie.load(path).owner_in({OWNER_COOKIE: value})
    assert [entry.name for entry in tmp_path.iterdir()] == ["cookie.secret"]


@pytest.mark.parametrize("left", [b"", b"\0" * 31], ids=["empty", "cut"])
def test_a_damaged_secret_opens_nothing_and_is_set_aside(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(left)
    owners = OwnerCookie.load(path)
    forged = {OWNER_COOKIE: OwnerCookie(left).new_value()}
    assert owners.owner_in(forged) is None
    assert (tmp_path / "secret.damaged").read_bytes() == left
    mine = {OWNER_COOKIE: owners.new_value()}
    assert OwnerCookie.load(path).owner_in(mine) is not None


def test_two_folders_have_two_secrets(tmp_path: Path) -> None:
    first, second = (OwnerCookie.load(tmp_path / name) for name in ("first", "second"))
    assert second.owner_in({OWNER_COOKIE: first.new_value()}) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_nobody_else_may_read_the_secret(tmp_path: Path) -> None:
    path = tmp_path / "cookie.secret"
    OwnerCookie.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
