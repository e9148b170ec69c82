"""The owner cookie: only this server can make one, and each browser gets its own."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import gradio as gr
import pytest

from components.owner import OWNER_COOKIE, SESSION_COOKIE, OwnerCookie
from errors import SessionMissing

owners = OwnerCookie(b"one secret of the tests, thirty-two bytes long")


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


def test_a_login_of_ones_own_is_an_owner_in_every_browser() -> None:
    cookies = {OWNER_COOKIE: owners.new_value()}
    owner = owners.owner_of(gr.Request(username="ana", cookies=cookies))
    assert owner == owners.owner_of(gr.Request(username="ana", cookies={}))
    assert owner not in (owners.owner_in(cookies), owners.owner_of(gr.Request(username="eva", cookies=cookies)))


def test_a_session_is_of_one_owner() -> None:
    cookies = {SESSION_COOKIE: owners.session_value("ana")}
    assert owners.is_in_session("ana", cookies)
    assert not owners.is_in_session("eva", cookies)
    assert not owners.is_in_session("ana", {SESSION_COOKIE: "ñ"})
    assert not owners.is_in_session("ana", {})
    assert not owners.is_in_session(owners.new_value(), {SESSION_COOKIE: owners.new_value()})


def test_no_cookie_stands_for_a_login() -> None:
    owner = owners.owner_of(gr.Request(username="ana", cookies={}))
    assert owners.owner_in({OWNER_COOKIE: owner}) is None
    assert ":" in owner
    assert ":" not in owners.new_value()


def test_the_login_that_all_share_tells_nobody_apart() -> None:
    shared = OwnerCookie(b"one secret of the tests, thirty-two bytes long", "tertulia")
    cookies = {OWNER_COOKIE: shared.new_value()}
    assert shared.owner_of(gr.Request(username="tertulia", cookies=cookies)) == shared.owner_in(cookies)
    with pytest.raises(SessionMissing):
        shared.owner_of(gr.Request(username="tertulia", cookies={}))


def test_the_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "cookie.secret"
    value = OwnerCookie.load(path).new_value()
    assert OwnerCookie.load(path).owner_in({OWNER_COOKIE: value})
    assert [entry.name for entry in tmp_path.iterdir()] == ["cookie.secret"]


def test_two_folders_have_two_secrets(tmp_path: Path) -> None:
    first, second = (OwnerCookie.load(tmp_path / name) for name in ("first", "second"))
    assert second.owner_in({OWNER_COOKIE: first.new_value()}) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_nobody_else_may_read_the_secret(tmp_path: Path) -> None:
    path = tmp_path / "cookie.secret"
    OwnerCookie.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
