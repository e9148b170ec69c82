"""The N-grams tab in a real browser: an example on a phone, another n, one's own text, and back by address."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page_faults import expect_within
from tests.page_reader import PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

TEXT = "la casa azul. la casa roja. la puerta azul."


def open_tab(reader: Reader) -> None:
    reader.page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]").click()
    reader.page.locator("#pg-tabs [role=tab][data-tab-id=ngrams]").click()


def test_an_example_on_a_phone_and_another_n(visit: Open) -> None:
    reader = visit("es", PHONE, color_scheme="dark")
    open_tab(reader)
    page = reader.page
    expect(page.locator("#pg-sampling")).to_be_hidden()
    page.locator("#pg-ngrams-examples button").first.click()
    expect(page.locator("#pg-ngrams .ng-words")).to_have_count(2)
    expect(page.locator("#pg-ngrams-share [data-act=link]")).to_be_visible()
    expect(page.locator("#pg-ngrams .ng-ngrams tbody tr").first).to_contain_text("mancha")
    model = page.locator("#pg-ngrams .tx-text").nth(1).inner_text()
    number = page.locator("#pg-ngrams-n input[type=number]")
    number.fill("1")
    number.press("Enter")
    expect(page.locator("#pg-ngrams h3").first).to_have_text(reader.say("app_ngrams_title", n=1))
    expect(page.locator("#pg-ngrams .tx-text").nth(1)).to_have_text(model, use_inner_text=True)
    expect_within(page, PHONE[0])


def test_ones_own_text_comes_back_by_its_address(visit: Open) -> None:
    reader = visit("en")
    open_tab(reader)
    page = reader.page
    expect(page.locator("#pg-ngrams-own")).to_be_hidden()
    expect(page.get_by_label(reader.say("app_ngrams_source_alice"))).to_be_checked()
    page.get_by_label(reader.say("app_ngrams_source_own")).check()
    page.locator("#pg-ngrams-own textarea").fill(TEXT)
    page.locator("#pg-prompt textarea").fill("Veo la")
    page.locator("#pg-ngrams-run").click()
    first = page.locator("#pg-ngrams .ng-ngrams tbody tr").first
    expect(first).to_contain_text("casa")
    expect(first).to_contain_text("66.7%")
    expect(page.locator("#pg-ngrams-run")).to_be_visible()  # a word that is pressed while the model writes does nothing
    page.locator("#pg-ngrams .ng-ngrams tbody button").first.click()
    expect(page.locator("#pg-prompt textarea")).to_have_value("Veo la casa")
    expect(page.locator("#pg-ngrams .ng-ngrams tbody tr").first).to_contain_text("50.0%")
    page.locator("#pg-ngrams-share [data-act=link]").click()
    page.wait_for_url("**#playground=*")
    again = visit("es").open(page.url.removeprefix(reader.url))
    expect(again.page.locator("#pg-ngrams .ng-ngrams tbody tr").first).to_contain_text("azul")
    expect(again.page.locator("#pg-ngrams-own textarea")).to_have_value(TEXT)
    expect(again.page.locator("#pg-prompt textarea")).to_have_value("Veo la casa")


def test_documents_are_offered_where_there_are_some(visit: Open) -> None:
    reader = visit("en")
    open_tab(reader)
    expect(reader.page.get_by_label(reader.say("app_ngrams_source_alice"))).to_be_checked()
    reader.page.get_by_label(reader.say("app_ngrams_source_document")).check()
    expect(reader.page.locator("#pg-ngrams-none")).to_have_text(reader.say("app_ngrams_no_document"))
    expect(reader.page.locator("#pg-ngrams-document")).to_be_hidden()
