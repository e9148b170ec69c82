"""The Samples tab in a real browser: on from a token by keyboard on a phone, and back by its address."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page_faults import FAINT_TEXTS, NAMELESS, SMALL_TARGETS, expect_none, expect_within
from tests.page_reader import PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


def generate(reader: Reader, prompt: str) -> None:
    page = reader.page
    page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]").click()
    page.locator("#pg-tabs [role=tab][data-tab-id=samples]").click()
    page.locator("#pg-prompt textarea").fill(prompt)
    page.locator("#pg-samples-length input[type=number]").fill("6")
    page.locator("#pg-prompt textarea").press("Enter")
    expect(page.locator("#pg-samples .sm-tree")).to_be_visible()
    expect(page.locator("#pg-samples-run")).to_be_visible()


def test_a_token_leads_on_by_keyboard_on_a_phone(visit: Open) -> None:
    reader = visit("es", PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    generate(reader, " the cat")
    page = reader.page
    expect_within(page, PHONE[0])
    expect(page.locator("#pg-samples .sm-card")).to_have_count(5)
    expect_none(page, SMALL_TARGETS, FAINT_TEXTS, NAMELESS)
    page.locator("#pg-samples .sm-card").nth(1).locator("span[data-o]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".gb-pop-row:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    back = page.get_by_role("button", name=reader.say("app_samples_begin"))
    expect(back).to_be_visible()
    expect(page.locator("#pg-samples .sm-before mark")).not_to_be_empty()
    expect(page.locator("#pg-samples .sm-tree")).to_be_visible()
    expect_within(page, PHONE[0])
    back.click()
    expect(back).to_have_count(0)


def test_who_comes_by_the_address_sees_the_same_texts(visit: Open) -> None:
    reader = visit("en")
    generate(reader, " a dog")
    page = reader.page
    page.locator("#pg-samples [data-way=entropy]").click()
    expect(page.locator("#pg-samples .sm-scale-entropy")).to_be_visible()
    expect(page.locator("#pg-samples .sm-scale-probability")).to_be_hidden()
    expect_none(page, FAINT_TEXTS)
    texts = page.locator("#pg-samples .sm-card .gb-answer")
    seen = texts.all_inner_texts()
    page.locator("#pg-samples-share [data-act=link]").click()
    page.wait_for_url("**#playground=*")
    again = visit("en").open(page.url.removeprefix(reader.url)).page
    expect(again.locator("#pg-samples .sm-tree")).to_be_visible()
    expect(again.locator("#pg-samples .sm-card .gb-answer")).to_have_text(seen, use_inner_text=True)
    expect(again.locator("#pg-prompt textarea")).to_have_value(" a dog")
    expect(again.locator("#pg-samples-length input[type=number]")).to_have_value("6")
