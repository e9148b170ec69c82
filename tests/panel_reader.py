"""What a reader does in the panel beside the conversation, which lies over it on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, expect

from tests.page_reader import DESKTOP, PHONE, Reader

# Each language and each width once; the other two of the four only where there is time.
ONCE_EACH = [("en", DESKTOP), ("es", PHONE)]
CROSSED = [pytest.param("es", DESKTOP, marks=pytest.mark.slow), pytest.param("en", PHONE, marks=pytest.mark.slow)]
VIEWS = pytest.mark.parametrize(("language", "size"), [*ONCE_EACH, *CROSSED])
TWO_VIEWS = pytest.mark.parametrize(("language", "size"), ONCE_EACH)


@contextmanager
def in_panel(reader: Reader, tab: str) -> Iterator[Locator]:
    """The panel's ``tab``; on a phone the panel is closed afterwards."""
    yield reader.open_panel(tab)
    uncover(reader)


def uncover(reader: Reader) -> None:
    """Close the panel where it lies over the room."""
    if reader.page.locator("#room").get_attribute("inert") is not None:
        reader.close_side("panel")


def open_glass(reader: Reader) -> Locator:
    """The glass box of the last answer, opened by the figures under it."""
    message = reader.button("glass").locator("xpath=ancestor::*[@data-message]").get_attribute("data-message") or ""
    reader.do("glass")
    glass = reader.page.locator("#glass .glass-box")
    expect(glass).to_have_attribute("data-message", message)
    expect(glass).to_be_visible()
    return glass


@contextmanager
def prompt_of(reader: Reader) -> Iterator[Locator]:
    """The exact prompt of the last answer, as the glass box shows it."""
    glass = open_glass(reader)
    fold = glass.locator("details[data-fold=prompt]")
    if fold.get_attribute("open") is None:
        fold.locator("> summary").click()
    expect(fold.locator(".gb-prompt")).to_be_visible()
    yield fold.locator(".gb-prompt")
    uncover(reader)


@contextmanager
def measured(reader: Reader) -> Iterator[None]:
    """Waits until what is done inside has changed the meter; others may have done so, see ``page_events.kept``."""
    meter = reader.page.locator("#meter .cm-used")
    before = meter.inner_text()
    yield
    expect(meter).not_to_have_text(before)


def kind_of_memory(reader: Reader, kind: str) -> None:
    """Choose ``everything``, ``window``, ``summary`` or ``none``."""
    reader.page.locator(f"#memory input[value={kind}]").check()
    expect(reader.page.locator("#memory-turns")).to_be_visible(visible=kind == "window")
    expect(reader.page.locator("#memory-summary")).to_be_visible(visible=kind == "summary")
