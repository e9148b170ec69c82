"""The fixtures of the tests in a real browser, loaded by them as a plugin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import find_browser
from tests.page_events import NOTE_EVENTS
from tests.page_reader import DESKTOP, LOCALES, Open, Reader
from tests.page_server import serving

PATIENCE = 20_000  # milliseconds: a busy machine makes no page wrong
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: while it is open, its loop runs in this thread and no asynchronous test can."""
    program = find_browser()
    if program is None:
        pytest.skip("no browser on this machine")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(url: str, browser: Browser) -> Iterator[Open]:
    """Opens the page for a new reader; at the end no reader may have seen a fault or left the machine."""
    readers: list[Reader] = []

    def open_page(language: str = "en", size: tuple[int, int] = DESKTOP, **options: Any) -> Reader:
        viewport: Any = {"width": size[0], "height": size[1]}
        context = browser.new_context(locale=LOCALES[language], viewport=viewport, **options)
        context.add_init_script(NOTE_EVENTS)
        reader = Reader(context.new_page(), url, language)
        readers.append(reader)
        reader.watch()
        return reader.open()

    yield open_page
    for reader in readers:
        with reader.leaving():
            reader.page.context.close()
    assert [fault for reader in readers for fault in reader.faults] == []
