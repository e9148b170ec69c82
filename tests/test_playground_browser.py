"""The Playground in a real browser: the next token, its sliders and its steps."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page_faults import NAMELESS, SMALL_TARGETS, expect_none, expect_within
from tests.page_reader import LOCALES, PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

PROMPT = "the cat sat on"


def open_playground(visit: Open, language: str = "en", **options: Any) -> Reader:
    reader = visit(language, **options)
    reader.page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]:visible").click()
    expect(reader.page.locator("#pg-prompt textarea")).to_be_visible()
    return reader


def look(page: Page) -> Locator:
    page.locator("#pg-prompt textarea").fill(PROMPT)
    page.locator("#pg-prompt textarea").press("Enter")
    rows = page.locator("#pg-next .pg-row")
    expect(rows.first).to_be_visible(timeout=30_000)
    return rows


def small_tab(page: Page, name: str) -> None:
    page.locator(f"#pg-tabs [role=tab][data-tab-id={name}]:visible").click()


def set_slider(page: Page, name: str, value: float) -> None:
    field = page.locator(f"#pg-{name} input[type=number]")
    field.fill(str(value))
    field.press("Enter")


def test_a_slider_cuts_and_what_is_cut_stays(visit: Open) -> None:
    page = open_playground(visit).page
    rows = look(page)
    set_slider(page, "top-k", 2)
    expect(page.locator("#pg-next .pg-row.cut")).to_have_count(rows.count() - 2, timeout=30_000)
    expect(rows.nth(4)).to_contain_text("cut by Top-k")
    page.locator("#pg-next [data-stage='0']").click()  # before anything was cut
    expect(page.locator("#pg-next .pg-row.cut")).to_have_count(0)
    page.locator("#pg-top-k .reset-button").click()
    expect(page.locator("#pg-next [data-name=top_k]")).to_contain_text("40 left", timeout=30_000)
    expect(page.locator("#pg-next [data-stage='0']")).to_have_attribute("aria-pressed", "true")


def test_a_token_shows_its_formula_by_key(visit: Open) -> None:
    page = open_playground(visit).page
    row = look(page).nth(2)
    name = row.locator(".pg-token").inner_text()
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#pg-next .pg-formula code").first).to_have_text(name, timeout=30_000)
    expect(row).to_be_focused()


def test_steps_are_taken_drawn_and_taken_back(visit: Open) -> None:
    page = open_playground(visit).page
    look(page)
    small_tab(page, "steps")
    ribbon = page.locator("#pg-steps .pg-ribbon .gb-prompt span")
    page.locator("#pg-steps .pg-row").nth(1).click()
    expect(ribbon).to_have_count(1, timeout=30_000)
    page.locator("#pg-draw").click()
    expect(ribbon).to_have_count(2, timeout=30_000)
    page.locator("#pg-greedy").click()
    expect(ribbon).to_have_count(3, timeout=30_000)
    page.locator("#pg-draw-many").click()
    expect(page.locator("#pg-steps .pg-drawn-line")).to_contain_text("200", timeout=30_000)
    page.locator("#pg-back").click()
    expect(ribbon).to_have_count(2, timeout=30_000)
    page.locator("#pg-begin").click()
    expect(ribbon).to_have_count(0, timeout=30_000)


def test_an_address_restores_what_was_seen(visit: Open) -> None:
    first = open_playground(visit).page
    look(first)
    set_slider(first, "temperature", 1.7)
    expect(first.locator("#pg-next .pg-formula")).to_contain_text("1.70", timeout=30_000)
    first.locator("#pg-next-share [data-act=link]").click()
    expect(first).to_have_url(re.compile("#playground=1"))
    seen = first.locator("#pg-next .pg-seen").inner_text()
    second = visit("en")
    second.go_to(first.url)
    second.come_back()
    expect(second.page.locator("#pg-next .pg-formula")).to_contain_text("1.70", timeout=30_000)
    expect(second.page.locator("#pg-next .pg-seen")).to_have_text(seen, use_inner_text=True)
    expect(second.page.locator("#pg-prompt textarea")).to_have_value(PROMPT)


@pytest.mark.parametrize("language", LOCALES)
def test_a_phone_shows_the_bars_while_a_slider_moves(visit: Open, language: str) -> None:
    page = open_playground(visit, language, size=PHONE, has_touch=True, is_mobile=True).page
    look(page)
    expect_within(page, PHONE[0])
    expect_none(page, SMALL_TARGETS, NAMELESS)
    expect(page.locator("#pg-settings")).to_be_hidden()
    page.locator(".pg-settings-head").click()
    page.locator("#pg-next .pg-bars").evaluate("bars => bars.scrollIntoView()")
    set_slider(page, "top-k", 1)
    expect(page.locator("#pg-next .pg-row").nth(1)).to_contain_text("Top-k", timeout=30_000)
    expect(page.locator("#pg-next .pg-row").nth(1)).to_be_in_viewport()
    small_tab(page, "steps")
    expect_within(page, PHONE[0])
    expect_none(page, SMALL_TARGETS)
    small_tab(page, "tokens")
    expect(page.locator("#pg-sampling")).to_be_hidden()
