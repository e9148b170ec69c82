"""The command line's accounts: a password typed twice or sent as a line, and what the console says of it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app import main
from building.door import build_entrance, build_open_id, build_owners, open_accounts, open_audit
from errors import SharedPasswordShort
from settings import Settings

LONG = "a long password"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TERTULIA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TERTULIA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TERTULIA_LANGUAGE", "en")
    return tmp_path / "data"


def sent(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def typed(monkeypatch: pytest.MonkeyPatch, *passwords: str) -> list[str]:
    """What was asked for meanwhile."""
    asked: list[str] = []
    waiting: Iterator[str] = iter(passwords)

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return next(waiting)

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", ask)
    return asked


def test_an_account_is_made_listed_and_removed(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(monkeypatch, f"{LONG}\nanother line\n")
    assert main(["--add-user", "Ana"]) == 0
    assert "first account" in capsys.readouterr().out
    asked = typed(monkeypatch, LONG, LONG)
    assert main(["--add-user", "eva"]) == 0
    assert "first account" not in capsys.readouterr().out
    assert asked == ["Password for eva (at least 10 characters): ", "The same once more: "]
    accounts = open_accounts(Settings())
    assert accounts.check("ana", LONG)
    assert accounts.check("eva", LONG)
    assert main(["--list-users"]) == 0
    assert capsys.readouterr().out == "ana\neva\n"
    assert main(["--remove-user", "ANA"]) == main(["--remove-user", "eva"]) == 0
    assert "last account" in capsys.readouterr().out
    assert main(["--list-users"]) == 0
    assert capsys.readouterr().out == "There are no accounts.\n"
    noted = [json.loads(line) for line in (data / "audit.jsonl").read_text().splitlines()]
    assert [(line["event"], line["who"]) for line in noted] == [
        ("user_added", "ana"),
        ("user_added", "eva"),
        ("user_removed", "ana"),
        ("user_removed", "eva"),
    ]
    assert LONG not in (data / "audit.jsonl").read_text()


@pytest.mark.parametrize(
    ("name", "passwords", "sentence"),
    [
        ("eva", ["short"], "at least 10 characters"),
        ("eva", [LONG, LONG + "!"], "not the same"),
        ("ana", [], "an account named ana already"),
        ("", [], "A name has 1 to 32"),
        ("a b", [], "A name has 1 to 32"),
    ],
)
def test_what_cannot_be_is_said(
    name: str,
    passwords: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sent(monkeypatch, LONG)
    assert main(["--add-user", "ana"]) == 0
    typed(monkeypatch, *passwords)
    assert main(["--add-user", name]) == 2
    assert sentence in capsys.readouterr().err
    assert open_accounts(Settings()).names() == ["ana"]


def test_a_line_that_is_too_short_and_somebody_who_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(monkeypatch, "")
    assert main(["--add-user", "ana"]) == 2
    assert main(["--remove-user", "ana"]) == 2
    assert "no account of that name" in capsys.readouterr().err


def test_a_damaged_file_is_said_so_and_left(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data.mkdir()
    (data / "users.json").write_text("{")
    for arguments in (["--list-users"], ["--add-user", "ana"], ["--remove-user", "ana"]):
        assert main(arguments) == 2
        assert "users.json" in capsys.readouterr().err
    assert (data / "users.json").read_text() == "{"


def test_a_page_for_others_wants_a_longer_password(data: Path) -> None:
    data.mkdir()
    here = Settings(password=SecretStr("short"))
    owners = build_owners(here)
    build_entrance(here, owners, open_audit(here))
    for reach in ({"host": "0.0.0.0"}, {"share": True}):
        for_others = Settings(password=SecretStr("1234567"), **reach)
        with pytest.raises(SharedPasswordShort):
            build_entrance(for_others, owners, open_audit(here))
        build_entrance(Settings(password=SecretStr("12345678"), **reach), owners, open_audit(here))


def test_only_a_space_tells_where_else_people_may_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH_CLIENT_ID", "ours")
    monkeypatch.setenv("OAUTH_CLIENT_SECRET", "a secret")
    assert build_open_id(Settings()) is None
    monkeypatch.setenv("SPACE_HOST", "ana-tertulia.hf.space")
    there = build_open_id(Settings())
    assert there
    assert there._issuer == "https://huggingface.co"
