"""All data of one owner is deleted for real: not a byte of it is left, and nothing of another's is gone."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from components.owner import OWNER_COOKIE
from storage.sqlite_file import back_up
from tests.belongings import MARK, OWNED, Belongings, furnish
from tests.gradio_client_raw import visitor
from tests.html_reader import read_html
from tests.page_process import PageProcess, page_process
from tests.quick_accounts import PASSWORD, quick_accounts

VISIT = {"accept": "text/html", "accept-language": "es-CL"}
EVAS = "wombat"
SECRET = b"a secret only for the tests of the page"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageProcess]:
    quick_accounts(tmp_path / "users.json").add("ana", PASSWORD)
    with page_process(tmp_path, needs_account=False) as page:
        yield page


@contextmanager
def client_of(page: PageProcess, cookies: dict[str, str] | None = None) -> Iterator[httpx.Client]:
    options: dict[str, Any] = {"base_url": page.url, "headers": VISIT, "timeout": 60, "follow_redirects": True}
    with httpx.Client(cookies=cookies, **options) as client:
        if cookies is None:
            client.get("/").raise_for_status()
        yield client


def holding(folder: Path, marks: list[bytes]) -> list[str]:
    """The files below ``folder`` that hold one of ``marks``, in whatever case."""
    found = []
    for path in folder.rglob("*"):
        content = path.read_bytes().lower() if path.is_file() and path.name != "log" else b""
        found += [str(path.relative_to(folder)) for mark in marks if mark in content]
    return sorted(set(found))


def counts(html: str) -> dict[str, int]:
    rows = [row for row in read_html(html).all() if "data-kind" in row.attributes]
    return {row.attributes["data-kind"]: int(next(each for each in row.all() if each.tag == "td").text) for row in rows}


async def _others(page: PageProcess) -> dict[str, str]:
    async with visitor(page.url) as eva:
        await eva.ask(f"{EVAS} stays")
        await eva.act("select", "", "note_add", text=f"{EVAS} note")
        return dict(eva.client.cookies)


def rows_of(database: Path, owner: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        given = {"owner": owner, "live": ""}
        return sum(len(connection.execute(query, given).fetchall()) for query in OWNED.values())


def test_not_a_byte_is_left_and_others_keep_theirs(page: PageProcess, tmp_path: Path) -> None:
    anas = asyncio.run(furnish(page))
    evas = asyncio.run(_others(page))
    backup = back_up(page.database, tmp_path / "backups", "0005")
    (tmp_path / "parked" / "weights").mkdir(parents=True)
    (tmp_path / "parked" / "weights" / "some.cells").write_bytes(MARK.encode())
    marks = [MARK.encode(), anas.owner.encode().lower()]
    held = holding(tmp_path, marks)
    assert f"backups/{backup.name}" in held
    assert any(name.startswith("page.sqlite") for name in held)  # perhaps only its log has it yet
    with client_of(page, anas.cookies) as ana:
        told = ana.get("/data")
        assert counts(told.text)["conversations"] >= 3
        assert counts(told.text)["documents"] == 1
        refused = ana.post("/data", data={})
        assert refused.status_code == 400
        assert "No se borró nada" in refused.text
        assert rows_of(page.database, anas.owner) > 10
        done = ana.post("/data", data={"confirm": "yes"})
        assert "Tus datos están borrados" in done.text
        assert set(counts(done.text).values()) == {0}
        assert done.history[0].cookies[OWNER_COOKIE] != anas.cookies[OWNER_COOKIE]
    assert holding(tmp_path, marks) == []
    assert backup.exists()
    assert rows_of(page.database, anas.owner) == 0
    assert list((tmp_path / "documents").iterdir()) == []
    with client_of(page, evas) as eva:
        assert counts(eva.get("/data").text)["conversations"] == 1
        assert counts(eva.get("/data").text)["notes"] == 1
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (1,)
    (line,) = [line for line in (tmp_path / "audit.jsonl").read_text().splitlines() if "data_deleted" in line]
    assert json.loads(line)["why"] == "asked"


def test_an_answer_that_is_being_written_ends_and_leaves_nothing(page: PageProcess, tmp_path: Path) -> None:
    async def run() -> tuple[int, dict[str, str]]:
        async with visitor(page.url) as ana:
            answers = ana.asking(f"{MARK} endless")
            num_after, is_deleted = 0, False
            async for heard in answers:
                if "word3" in str(heard.shown.get("chat")) and not is_deleted:
                    is_deleted = True
                    async with httpx.AsyncClient(base_url=page.url, cookies=dict(ana.client.cookies)) as other:
                        answer = await other.post("/data", data={"confirm": "yes"})
                        assert answer.status_code == 303
                num_after += is_deleted
            return num_after, dict(ana.client.cookies)  # the endless answer has come to its end

    num_after, _ = asyncio.run(run())
    assert num_after
    assert holding(tmp_path, [MARK.encode()]) == []


def test_an_account_loses_its_data_and_stays(page: PageProcess) -> None:
    with client_of(page) as ana:
        form = {"gate": "account", "name": "ana", "password": PASSWORD, "next": "/data"}
        assert "ana" in ana.post("/sign-in", data=form).text
        done = ana.post("/data", data={"confirm": "yes"})
        assert "Tu cuenta se queda" in done.text
        assert "de la cuenta ana" in done.text


def test_who_is_nobody_deletes_nothing(page: PageProcess) -> None:
    answer = httpx.post(f"{page.url}data", data={"confirm": "yes"}, headers=VISIT)
    assert answer.status_code == 400
    assert httpx.get(f"{page.url}data.zip").status_code == 404
    foreign = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    assert httpx.post(f"{page.url}data", data={"confirm": "yes"}, headers=foreign).status_code == 403


def test_a_copy_that_cannot_be_cleaned_is_deleted_whole(page: PageProcess, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    broken = folder / "page-2026-revision-0001.sqlite"
    broken.write_bytes(MARK.encode() * 1_000)
    with client_of(page) as ana:
        assert "borrados" in ana.post("/data", data={"confirm": "yes"}).text
    assert not broken.exists()


def test_it_can_be_taken_away_before(page: PageProcess) -> None:
    anas: Belongings = asyncio.run(furnish(page))
    evas = asyncio.run(_others(page))
    with client_of(page, anas.cookies) as ana:
        answer = ana.get("/data.zip")
        assert answer.headers["cache-control"] == "no-store"
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    names = archive.namelist()
    whole = b"\n".join(archive.read(name) for name in names)
    assert EVAS.encode() not in whole
    assert all(name.isascii() and ".." not in name and not name.startswith("/") for name in names)
    for part in ("note", "template", "document.txt", "says something.", "one?", "compare"):
        assert f"{MARK} {part}".encode() in whole
    assert len([name for name in names if name.startswith("conversations/")]) == 3
    assert "Esto es todo lo que Tertulia guarda de ti." in archive.read("README.txt").decode()
    assert json.loads(archive.read("votes.json"))[0]["question"] == f"{MARK} compare"
    with client_of(page, evas) as eva:
        theirs = zipfile.ZipFile(io.BytesIO(eva.get("/data.zip").content))
        assert MARK.encode() not in b"".join(theirs.read(name) for name in theirs.namelist())
