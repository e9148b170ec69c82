"""/healthz and /readyz of a really served page, whose model or database is away."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from storage.schema import REVISION_TABLE
from tests.page_process import PageProcess, page_process


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    with page_process(tmp_path_factory.mktemp("page"), password="the password of the class") as page:
        yield page


def change(page: PageProcess, statement: str) -> None:
    with closing(sqlite3.connect(page.database, timeout=20)) as connection, connection:
        connection.execute(statement)


@contextmanager
def damaged(page: PageProcess) -> Iterator[None]:
    """Meanwhile, the database cannot answer what it is asked."""
    change(page, f"ALTER TABLE {REVISION_TABLE} RENAME TO lost")
    yield
    change(page, f"ALTER TABLE lost RENAME TO {REVISION_TABLE}")


def test_a_page_with_a_model_and_a_database_is_ready_for_whoever_asks(page: PageProcess) -> None:
    ready = httpx.get(f"{page.url}readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "away": []})
    assert ready.headers["cache-control"] == "no-store"
    assert httpx.get(f"{page.url}healthz").json()["status"] == "ok"


def test_a_page_whose_database_fails_lives_and_is_not_ready_until_it_is_back(page: PageProcess) -> None:
    with damaged(page):
        unready = httpx.get(f"{page.url}readyz")
        assert (unready.status_code, unready.json()) == (503, {"status": "unready", "away": ["database"]})
        assert httpx.get(f"{page.url}healthz").status_code == 200
    assert httpx.get(f"{page.url}readyz").status_code == 200


@pytest.mark.parametrize("state", ["starting", "unavailable"])
def test_a_page_without_a_loaded_model_is_not_ready(tmp_path: Path, state: str) -> None:
    with page_process(tmp_path, model_state=state) as page:
        unready = httpx.get(f"{page.url}readyz")
        assert (unready.status_code, unready.json()["away"]) == (503, ["model"])
