"""The file of accounts: whole, for this user alone, and the same for every program that reads it."""

from __future__ import annotations

import json
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from errors import (
    AccountNameInvalid,
    AccountPasswordShort,
    AccountTaken,
    AccountUnknown,
    UsersFileBroken,
    UsersFileNotSaved,
)
from safety.accounts import MAX_PASSWORD, Account, Accounts
from tests.quick_accounts import PASSWORD, quick_accounts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.json"


@pytest.fixture
def accounts(path: Path) -> Accounts:
    accounts = quick_accounts(path)
    accounts.add("ana", PASSWORD)
    return accounts


def test_only_the_right_password_of_the_right_name(accounts: Accounts) -> None:
    accounts.add("eva", "another password")
    assert accounts.check("ana", PASSWORD) == accounts.find("ana")
    assert accounts.check(" Ana ", PASSWORD)
    for name, password in (("ana", "another password"), ("eva", PASSWORD), ("nobody", PASSWORD), ("ana", ""), ("", "")):
        assert accounts.check(name, password) is None


def test_an_accent_is_the_same_however_it_was_typed(accounts: Accounts) -> None:
    accounts.add("eva", "contrasen\u0303a larga")
    assert accounts.check("eva", "contrase\u00f1a larga")


def test_odd_passwords_are_only_wrong(accounts: Accounts) -> None:
    for password in ("\udcff", "\x00", "x" * 1_000_000):
        assert accounts.check("ana", password) is None


class CountingHasher(PasswordHasher):
    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.num_verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        self.num_verified += 1
        return super().verify(hash, password)


def test_a_name_that_nobody_has_costs_as_much(path: Path) -> None:
    hasher = CountingHasher()
    accounts = Accounts(path, hasher)
    accounts.add("ana", PASSWORD)
    for name in ("ana", "nobody", "../..", "hf:ana"):
        accounts.check(name, "wrong password")
    assert hasher.num_verified == 4


def test_hashes_are_argon2id_of_the_usual_cost(path: Path) -> None:
    Accounts(path).add("ana", PASSWORD)
    (kept,) = json.loads(path.read_text())["users"].values()
    usual = PasswordHasher()
    assert kept["hash"].startswith(f"$argon2id$v=19$m={usual.memory_cost},t={usual.time_cost},p={usual.parallelism}$")
    assert PASSWORD not in path.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_nobody_else_may_read_it(accounts: Accounts, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", " ", "a b", "ñ", "hf:ana", "../x", "-a", ".a", "a" * 33, "a\nb", "<b>"])
def test_what_is_no_name(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountNameInvalid):
        accounts.add(name, PASSWORD)


@pytest.mark.parametrize("password", ["", "123456789", "x" * (MAX_PASSWORD + 1)])
def test_what_is_no_password(accounts: Accounts, password: str) -> None:
    with pytest.raises(AccountPasswordShort):
        accounts.add("eva", password)
    with pytest.raises(AccountPasswordShort):
        accounts.change_password("ana", password)
    assert accounts.check("ana", PASSWORD)


def test_a_name_is_given_once(accounts: Accounts) -> None:
    with pytest.raises(AccountTaken):
        accounts.add("ANA", "another password")
    assert accounts.check("ana", PASSWORD)


def test_who_is_not_there_cannot_be_changed(accounts: Accounts) -> None:
    for change in (accounts.remove, accounts.end_sessions, lambda name: accounts.change_password(name, PASSWORD)):
        with pytest.raises(AccountUnknown):
            change("nobody")


def test_every_program_sees_what_another_did(accounts: Accounts, path: Path) -> None:
    running = quick_accounts(path)
    accounts.add("eva", PASSWORD)
    assert running.names() == ["ana", "eva"]
    accounts.change_password("ana", "another password")
    assert running.check("ana", "another password")
    assert running.check("ana", PASSWORD) is None
    accounts.remove("ana")
    assert running.find("ana") is None
    assert running.has_any
    accounts.remove("eva")
    assert not running.has_any


def test_each_end_of_all_sessions_is_another_generation(accounts: Accounts, path: Path) -> None:
    generations = [accounts.end_sessions("ana").generation, accounts.end_sessions("ana").generation]
    assert generations == [1, 2]
    found = quick_accounts(path).find("ana")
    assert found
    assert found.generation == 2


def test_who_is_known_elsewhere_has_sessions_and_no_password(accounts: Accounts, path: Path) -> None:
    assert accounts.find("hf:Eva") == Account("hf:Eva", "", 0)
    accounts.end_sessions("hf:Eva")
    assert quick_accounts(path).find("hf:Eva") == Account("hf:Eva", "", 1)
    assert accounts.check("hf:Eva", "") is None
    assert accounts.names() == ["ana"]
    assert accounts.find("hf:<b>") is None


BROKEN = [
    "",
    "[]",
    "null",
    "{",
    '{"version": 2, "users": {}}',
    '{"version": 1}',
    '{"version": 1, "users": []}',
    '{"version": 1, "users": {"ana": {}}}',
    '{"version": 1, "users": {"ana": {"hash": "x", "generation": 0}}}',
    '{"version": 1, "users": {"ana": {"hash": 7, "generation": 0}}}',
    '{"version": 1, "users": {}, "outside": {"ana": {"generation": 0}}}',
    '{"version": 1, "users": {}, "outside": {"hf:ana": {"generation": -1}}}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_is_not_ours_is_said_so_and_left(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(UsersFileBroken):
        quick_accounts(path)
    assert path.read_text() == text


@pytest.mark.parametrize("text", BROKEN)
def test_a_slip_while_the_program_runs_changes_nobody(accounts: Accounts, path: Path, text: str) -> None:
    path.write_text(text)
    assert accounts.names() == ["ana"]
    with pytest.raises(UsersFileBroken):
        accounts.add("eva", PASSWORD)
    assert path.read_text() == text


def test_a_name_with_letters_no_name_has_is_a_broken_file(accounts: Accounts, path: Path) -> None:
    path.write_text(path.read_text().replace('"ana"', '"<b>"'))
    with pytest.raises(UsersFileBroken):
        quick_accounts(path)


def test_what_cannot_be_written_leaves_all_as_it_was(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safety.accounts.os.fsync", full)
    with pytest.raises(UsersFileNotSaved):
        accounts.add("eva", PASSWORD)
    assert accounts.names() == ["ana"]
    monkeypatch.undo()
    accounts.add("eva", PASSWORD)
    assert accounts.names() == ["ana", "eva"]


def test_many_programs_that_add_at_once_lose_nobody(path: Path) -> None:
    def add(number: int) -> None:
        quick_accounts(path).add(f"user{number}", PASSWORD)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(24)))
    assert len(quick_accounts(path).names()) == 24
    assert {entry.name for entry in path.parent.iterdir()} <= {"users.json", "users.json.lock"}
