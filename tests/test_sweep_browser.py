"""The Sweep tab in a real browser: a grid that a phone can read, values that follow their setting, an address."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page_faults import expect_within
from tests.page_reader import PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


def open_sweep(reader: Reader) -> None:
    reader.page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]").click()
    reader.page.locator("#pg-tabs [role=tab][data-tab-id=sweep]").click()


def test_a_phone_shows_each_text_under_its_settings(visit: Open) -> None:
    reader = visit("es", PHONE)
    open_sweep(reader)
    page = reader.page
    page.locator("#pg-prompt textarea").fill(" the cat <b>")
    page.locator("#pg-sweep-rows-values :is(input, textarea)").fill("0 1,5")
    page.locator("#pg-sweep-run").click()
    expect(page.locator("#pg-sweep-share [data-act=link]")).to_be_visible(timeout=30_000)
    names = page.locator("#pg-sweep .sw-name")
    expect(names).to_have_text(
        [f"Temperatura {row} · Top-p {column}" for row in ("0", "1,5") for column in ("0,5", "1")]
    )
    expect(names.last).to_be_visible()
    expect(page.locator("#pg-sweep-run")).to_be_visible()
    expect_within(page, PHONE[0])


def test_another_setting_brings_its_values_and_the_address_brings_the_grid_back(visit: Open) -> None:
    reader = visit("en")
    open_sweep(reader)
    page = reader.page
    page.locator("#pg-sweep-columns input").click()
    page.get_by_role("option", name="Repetition penalty").click()
    values = page.locator("#pg-sweep-columns-values :is(input, textarea)")
    expect(values).to_have_value("1 1.2")
    values.press("Enter")
    expect(page.locator("#pg-sweep thead th")).to_have_text(["Repetition penalty 1", "Repetition penalty 1.2"])
    link = page.locator("#pg-sweep-share [data-act=link]")
    link.click()
    page.wait_for_url("**#playground=*")
    texts = page.locator("#pg-sweep .gb-answer").all_inner_texts()
    again = visit("en").open(page.url.removeprefix(reader.url))
    expect(again.page.locator("#pg-sweep-share [data-act=link]")).to_be_visible(timeout=30_000)
    expect(again.page.locator("#pg-sweep .gb-answer")).to_have_text(texts, use_inner_text=True)
    expect(again.page.locator("#pg-sweep-columns-values :is(input, textarea)")).to_have_value("1 1.2")
