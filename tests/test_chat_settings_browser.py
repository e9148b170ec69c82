"""How tokens are chosen, set in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.page_events import kept
from tests.page_faults import expect_none, expect_within
from tests.page_reader import PHONE, Open, Reader
from tests.panel_reader import VIEWS, in_panel, open_glass, uncover

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


def number(reader: Reader, name: str) -> Locator:
    return reader.page.locator(f"#setting-{name} input[type=number]")


def expect_preset(reader: Reader, name: str) -> None:
    expect(reader.page.locator(f"#preset input[value={name}]")).to_be_checked()


@VIEWS
def test_settings_belong_to_a_conversation(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    with in_panel(reader, "settings"):
        reader.page.locator("#preset input[value=precise]").check()
        expect(number(reader, "temperature")).to_have_value("0")
        expect(number(reader, "top-k")).to_have_value("0")
        for name, text in {"stop": "THE END", "seed": "42"}.items():
            with kept(reader.page):
                reader.page.locator(f"#setting-{name} textarea").fill(text)
        slider = reader.page.locator("#setting-temperature input[type=range]")
        for _ in range(2):
            with kept(reader.page):
                slider.press("ArrowRight")
        expect(number(reader, "temperature")).to_have_value("0.1")
        expect_preset(reader, "own")
    reader.hear("echo hello")
    chosen = open_glass(reader).locator(".gb-settings")
    for name, value in {"temperature": "0,1" if language == "es" else "0.1", "stop": "THE END"}.items():
        expect(chosen.locator("div", has_text=name)).to_contain_text(value)
    uncover(reader)
    reader.reload()
    with in_panel(reader, "settings"):
        expect(number(reader, "temperature")).to_have_value("0.1")
        expect(reader.page.locator("#setting-stop textarea")).to_have_value("THE END")
        expect(reader.page.locator("#setting-seed textarea")).to_have_value("42")
        expect_preset(reader, "own")
    reader.begin_another()
    with in_panel(reader, "settings"):
        expect(number(reader, "temperature")).to_have_value("0.6")
        expect(reader.page.locator("#setting-seed textarea")).to_have_value("")
        expect_preset(reader, "balanced")


def test_a_slider_is_put_back(visit: Open) -> None:
    reader = visit()
    reader.open_panel("settings")
    reader.page.locator("#setting-top-k input[type=range]").press("Home")
    expect_preset(reader, "own")
    reader.page.locator("#setting-top-k .reset-button").click()
    expect(number(reader, "top-k")).to_have_value("40")
    expect_preset(reader, "balanced")


SMALL = """() => [...document.querySelectorAll("#panel :is(button, textarea, [type=number], label:has([type=radio]))")]
    .filter(e => e.checkVisibility()).map(e => [e.className + e.type, e.getBoundingClientRect()])
    .filter(([_, r]) => r.height < 39.5).map(([name, r]) => `${name} ${r.width}x${r.height}`)"""


@pytest.mark.parametrize("tab", ["memory", "settings", "notes", "templates"])
def test_a_finger_reaches_everything_in_the_panel(visit: Open, tab: str) -> None:
    reader = visit("es", PHONE)
    reader.open_panel(tab)
    expect(reader.page.locator("#panel [role=tabpanel]:visible").last).to_be_visible()
    expect_none(reader.page, SMALL)
    expect_within(reader.page, PHONE[0])


def test_a_number_beyond_the_range_is_no_fault(visit: Open) -> None:
    reader = visit()
    expect(reader.page.locator(".toast-body")).to_have_count(0)
    reader.open_panel("settings")
    number(reader, "temperature").fill("9")
    expect_preset(reader, "own")
    number(reader, "temperature").press("Tab")
    expect(number(reader, "temperature")).to_have_value("2")
    expect(reader.page.locator(".toast-body")).to_have_count(0)
    expect(reader.status).to_have_text("")
