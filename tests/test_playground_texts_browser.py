"""The Tokens and Score tabs in a real browser: split while written, reached by keyboard, come back to by address."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page_faults import expect_within
from tests.page_reader import PHONE, Open, Reader
from tests.scripted_rows import token_ids

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


def open_panel(reader: Reader, panel: str) -> None:
    reader.page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]").click()
    reader.page.locator(f"#pg-tabs [role=tab][data-tab-id={panel}]").click()


def test_tokens_follow_the_writing_and_the_keyboard_reaches_each(visit: Open) -> None:
    reader = visit("en", PHONE)
    open_panel(reader, "tokens")
    page, text = reader.page, " the cat 🦩 <b>sat"
    page.locator("#pg-prompt textarea").fill(text)
    tokens = page.locator("#pg-tokens .tx-text span[title]")
    expect(tokens).to_have_count(len(token_ids(text)))
    tokens.first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#pg-tokens .gb-info")).to_have_text(f"id {token_ids(text)[1]} · bytes 20 63 61 74")
    page.locator("#pg-tokens-pairs button").first.click()
    expect(page.locator("#pg-tokens section")).to_have_count(2)
    expect_within(page, PHONE[0])


def test_who_comes_by_the_address_of_a_score_sees_it(visit: Open) -> None:
    reader = visit("es")
    open_panel(reader, "score")
    page = reader.page
    page.locator("#pg-score-pairs button").nth(1).click()
    verdict = page.locator("#pg-score .tx-verdict")
    expect(verdict).to_be_visible()
    said = verdict.inner_text()
    page.locator("#pg-score-share [data-act=link]").click()
    page.wait_for_url("**#playground=*")
    address = page.url.removeprefix(reader.url)
    again = visit("es").open(address)
    expect(again.page.locator("#pg-score .tx-verdict")).to_have_text(said)
    expect(again.page.locator("#pg-prompt textarea")).to_have_value("The cat sleeps on the sofa.")


def test_the_lesson_is_one_click_away(visit: Open) -> None:
    reader = visit("es")
    open_panel(reader, "tokens")
    with reader.page.context.expect_page() as opened:
        reader.page.get_by_role("link", name="La lección").locator("visible=true").click()
    expect(opened.value.locator("h1")).to_have_text("Tokens: lo que lee el modelo")
