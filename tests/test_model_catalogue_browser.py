"""The Catalogue tab in a real browser: cards, a download that is stopped and goes on, and who may not add models."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.hub_shelf import GATED, SLOW
from tests.page_faults import expect_within, faults_in
from tests.page_reader import PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


def come(reader: Reader) -> None:
    """By the chip of the header."""
    reader.page.locator("#model .chip").click()
    expect(reader.page.locator(".md-card").first).to_be_visible()


def card(reader: Reader, model_id: str) -> Locator:
    return reader.page.locator(f'.md-card[data-model="{model_id}"]')


def check_looks(reader: Reader, width: int) -> None:
    assert faults_in(reader.page) == []
    expect_within(reader.page, width)


def test_who_may_not_add_models_filters_and_reads_on_a_phone(visit: Open) -> None:
    passed_on = {"x-forwarded-for": "203.0.113.9"}
    options = {"has_touch": True, "is_mobile": True, "color_scheme": "dark", "extra_http_headers": passed_on}
    reader = visit("es", PHONE, **options)
    come(reader)
    page = reader.page
    expect(page.locator("#md-machine")).to_contain_text(reader.say("app_md_who_adds"))
    expect(page.locator("#md-adding")).to_be_hidden()
    expect(page.locator(".md-button.get")).to_have_count(0)
    page.locator("[data-filter=language]").select_option("cs")
    expect(page.locator(".md-card")).to_have_count(2)
    page.locator("[data-filter=text]").fill("nobody")
    page.locator("[data-act=unfilter]").click()
    expect(page.locator(".md-card").nth(10)).to_be_attached()
    check_looks(reader, PHONE[0])
    card(reader, GATED).locator(".md-open").click()
    expect(page.locator(".md-full h2")).to_be_focused()
    page.locator(".md-context input").focus()
    before = page.locator(".md-context output").inner_text()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".md-context output")).not_to_have_text(before)
    expect(page.locator(".md-need:visible")).to_have_count(1)
    check_looks(reader, PHONE[0])
    page.keyboard.press("Escape")
    expect(card(reader, GATED).locator(".md-open")).to_be_focused()
    page.locator("#md-operator > button").click()
    page.locator("#md-token input").fill("a guess of mine")
    page.locator("#md-enter").click()
    expect(page.locator("#md-catalogue-status .refused")).to_have_text(reader.say("error_operator_token_wrong"))


def test_a_download_is_stopped_goes_on_and_is_deleted(visit: Open) -> None:
    reader = visit("en")
    come(reader)
    page = reader.page
    card(reader, SLOW).locator("[data-act=get]").click()
    row = page.locator(".md-downloads [data-download]").filter(has_text="12.0")
    expect(row.locator("progress[value]")).to_be_visible()
    other = visit("es")
    come(other)
    expect(card(other, SLOW).locator(".md-state progress")).to_be_visible()
    reader.reload()
    expect(row.locator("progress[value]")).to_be_visible()
    row.locator("[data-act=cancel]").click()
    expect(row).to_contain_text(reader.say("app_md_download_stopped"))
    expect(card(other, SLOW).locator(".md-state")).to_contain_text(other.say("app_md_state_stopped"))
    card(reader, SLOW).locator("[data-act=get]").click()
    expect(card(reader, SLOW).locator(".md-state.here")).to_be_visible()
    card(reader, GATED).locator("[data-act=get]").click()
    expect(page.locator(".md-steps li")).to_have_count(3)
    check_looks(reader, 1280)
    card(reader, SLOW).locator("[data-act=load]").click()
    expect(card(reader, SLOW).locator(".md-state.loaded")).to_be_visible()
    card(reader, SLOW).locator("[data-act=delete]").click()
    page.locator("dialog.question [value=yes]").click()
    expect(card(reader, SLOW).locator("[data-act=get]")).to_be_visible()
    expect(card(other, SLOW).locator("[data-act=get]")).to_be_visible()
