from __future__ import annotations

import gradio as gr
import pytest

from components.operator import PASSED_ON, OperatorDoor
from components.owner import OWNER_COOKIE, OwnerCookie
from errors import OperatorOnly, OperatorTokenWrong, SessionMissing

OWNERS = OwnerCookie(b"a secret only for this test")
TOKEN = "a token only for this test"


def request_from(host: str | None = "127.0.0.1", **headers: str) -> gr.Request:
    client = {"host": host} if host else None
    return gr.Request(cookies={OWNER_COOKIE: OWNERS.new_value()}, headers=headers, client=client)


def trusting() -> OperatorDoor:
    return OperatorDoor(OWNERS, TOKEN, trusts_this_machine=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.8", "::1"])
def test_whoever_sits_at_this_machine_is_the_operator(host: str) -> None:
    request = request_from(host)
    assert trusting().check(request) == trusting().check_here(request) == OWNERS.owner_of(request)


@pytest.mark.parametrize("host", ["203.0.113.9", "192.168.1.4", "127.0.0.1.example.org", "", None])
def test_whoever_does_not_is_none(host: str | None) -> None:
    for check in (trusting().check, trusting().check_here):
        with pytest.raises(OperatorOnly):
            check(request_from(host))


@pytest.mark.parametrize("header", PASSED_ON)
def test_what_was_passed_on_comes_from_elsewhere(header: str) -> None:
    request = request_from("127.0.0.1", **{header: "203.0.113.9"})
    assert not trusting().is_operator(request)


def test_a_page_for_others_trusts_no_place() -> None:
    door = OperatorDoor(OWNERS, TOKEN)
    assert not door.is_operator(request_from("127.0.0.1"))


def test_whoever_gives_the_token_is_the_operator_and_nobody_else() -> None:
    door, given, other = OperatorDoor(OWNERS, TOKEN), request_from("203.0.113.9"), request_from("203.0.113.9")
    for wrong in ("", "wrong", TOKEN[:-1], "\udcff"):
        with pytest.raises(OperatorTokenWrong):
            door.let_in(given, wrong)
    door.let_in(given, f" {TOKEN}\n")
    assert door.is_operator(given)
    assert not door.is_operator(other)
    with pytest.raises(OperatorOnly):
        door.check_here(given)


def test_without_a_cookie_of_ours_nobody_is_let_in() -> None:
    nobody = gr.Request(cookies={}, headers={}, client={"host": "127.0.0.1"})
    for ask in (
        trusting().is_operator,
        trusting().check,
        trusting().is_here,
        lambda one: trusting().let_in(one, TOKEN),
    ):
        with pytest.raises(SessionMissing):
            ask(nobody)


def test_each_start_has_another_token_unless_one_is_chosen() -> None:
    assert OperatorDoor(OWNERS).token != OperatorDoor(OWNERS).token
    assert len(OperatorDoor(OWNERS).token) > 20
