"""The page of one's own data: what it is made of, and as a person sees it in a real browser."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from chains.exports.streamed_zip import Entry, streamed_zip
from components.data_archive import file_name, safe_stem
from components.data_page import FACTS, size
from components.local_text import LocalText
from storage.document_records import Document
from storage.holdings import Kind
from tests.page_faults import faults_in
from tests.page_process import page_process
from tests.page_reader import DESKTOP, LOCALES, catalogue

pytest_plugins = ("tests.page_fixtures",)

NARROW = (360, 740)
MORE_LOOKS = [pytest.param("es", DESKTOP, marks=pytest.mark.slow), pytest.param("en", NARROW, marks=pytest.mark.slow)]
LOOKS = [("en", DESKTOP), ("es", NARROW), *MORE_LOOKS]
MEGABYTE = 1_000_000


def test_a_zip_is_told_while_it_is_written_and_never_held() -> None:
    piece = bytes(range(256)) * 256

    def pieces() -> Iterator[bytes]:
        for _ in range(480):
            yield piece

    moment = datetime(2026, 5, 4, 3, 2, tzinfo=UTC)
    entries = [Entry("a.txt", [b"a", b"b"], moment), Entry("large.bin", pieces()), Entry("old.txt", [b""])]
    tracemalloc.start()
    try:
        largest = max(map(len, streamed_zip(entries)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert largest < MEGABYTE
    assert peak < 4 * MEGABYTE  # of 31

    entries[1] = Entry("large.bin", pieces())
    archive = zipfile.ZipFile(io.BytesIO(b"".join(streamed_zip(entries))))
    assert archive.testzip() is None
    assert archive.read("a.txt") == b"ab"
    assert archive.getinfo("a.txt").date_time == (2026, 5, 4, 3, 2, 0)
    assert archive.getinfo("large.bin").file_size == 480 * len(piece)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Añoranza de mañana.PDF", "007-Anoranza-de-manana.pdf"),
        ("../../etc/passwd", "007-etc-passwd"),
        ("..", "007-untitled"),
        ("CON.txt", "007-CON.txt"),
        ("日本.docx", "007-untitled.docx"),
        ("a\x00b\\c:d.md", "007-a-b-c-d.md"),
        ("x" * 400 + ".csv", f"007-{'x' * 60}.csv"),
    ],
)
def test_names_are_safe_wherever_the_archive_is_opened(name: str, expected: str) -> None:
    assert file_name(7, Document("c", name, "text")) == expected


def test_a_title_of_nothing_has_a_name_too() -> None:
    assert safe_stem(" ¿? ") == "untitled"


@pytest.mark.parametrize(
    ("num_bytes", "es", "en"),
    [(0, "0 B", "0 B"), (999, "999 B", "999 B"), (1_500, "1,5 kB", "1.5 kB"), (200 * MEGABYTE, "200 MB", "200 MB")],
)
def test_sizes_are_short(num_bytes: int, es: str, en: str) -> None:
    told = [size(LocalText(catalogue, language), num_bytes).replace("\u00a0", " ") for language in ("es", "en")]
    assert told == [es, en]


@pytest.mark.browser
@pytest.mark.parametrize(("language", "shape"), LOOKS)
def test_a_person_sees_takes_and_deletes_it(
    tmp_path: Path, browser: Browser, language: str, shape: tuple[int, int]
) -> None:
    def say(key: str) -> str:
        return catalogue.text(language, key)

    viewport = {"width": shape[0], "height": shape[1]}
    with (
        page_process(tmp_path, hours_kept=24.0) as served,
        browser.new_context(locale=LOCALES[language], viewport=viewport) as context,  # type: ignore[arg-type]
    ):
        page = context.new_page()
        page.goto(served.url)
        page.locator("[data-action=help]").first.click()
        page.locator("#help a[href='./data']").click()
        expect(page.locator("h1")).to_have_text(say("app_data_title"))
        expect(page.locator("tr[data-kind]")).to_have_count(len(Kind))
        expect(page.locator("h3")).to_have_count(len(FACTS))
        expect(page.get_by_text(catalogue.text(language, "app_data_hours", hours="24"))).to_be_visible()
        assert faults_in(page) == []
        with page.expect_download() as downloading:
            page.get_by_role("link", name=say("app_data_take_button")).click()
        with zipfile.ZipFile(downloading.value.path()) as archive:
            assert archive.read("README.txt").decode() == say("app_data_readme")
        button = page.get_by_role("button", name=say("app_data_delete_button"))
        button.click()  # the browser asks for the tick first
        assert page.locator("input:invalid").count() == 1
        page.get_by_label(say("app_data_delete_confirm")).check()
        button.click()
        expect(page.get_by_role("status")).to_have_text(say("app_data_deleted"))
