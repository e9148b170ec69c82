"""The Prompts tab in a real browser: fields begin filled, examples run at one click, an address brings it all back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.page_faults import expect_within
from tests.page_reader import DESKTOP, PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


def open_prompts(reader: Reader) -> Page:
    reader.page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]").click()
    reader.page.locator("#pg-tabs [role=tab][data-tab-id=prompts]").click()
    return reader.page


def compare(page: Page, name: str) -> None:
    page.locator(f"#pg-prompts-compare input[value={name}]").check()


def test_each_comparison_shows_its_own_fields_and_they_begin_filled(visit: Open) -> None:
    page = open_prompts(visit("es"))
    expect(page.locator("#pg-prompts-examples textarea")).to_have_value(
        "me gusta jugar wow => positivo\nNo me gusta Shogun => negativo\n"
        "Este libro fue una grata sorpresa => positivo\nLa película se hizo larguísima => negativo"
    )
    expect(page.locator("#pg-prompts-template-1")).to_be_hidden()
    compare(page, "templates")
    template = page.locator("#pg-prompts-template-1 textarea")
    expect(template).to_have_value("{question}")
    expect(page.locator("#pg-prompts-examples")).to_be_hidden()
    template.fill("Mi plantilla: {question}")
    compare(page, "chain")
    compare(page, "templates")
    expect(template).to_have_value("Mi plantilla: {question}")


def test_an_example_runs_at_one_click_on_a_phone(visit: Open) -> None:
    page = open_prompts(visit("en", PHONE))
    page.locator("#pg-prompts-tries button").first.click()
    calls = page.locator("#pg-prompts .pm-call")
    expect(calls).to_have_count(3)
    expect(page.locator("#pg-prompts-share [data-act=link]")).to_be_visible(timeout=30_000)
    expect(page.locator("#pg-prompts .pg-note").first).to_be_in_viewport()
    given = calls.last.locator("details > summary")
    given.press("Enter")
    expect(calls.last.locator(".gb-prompt")).to_contain_text("This book was a lovely surprise")
    expect_within(page, PHONE[0])


def test_who_comes_by_an_address_sees_the_same_and_can_change_it(visit: Open) -> None:
    reader = visit("en")
    page = open_prompts(reader)
    page.locator("#pg-prompt textarea").fill("echo of it")
    compare(page, "templates")
    page.locator("#pg-prompts-template-1 textarea").fill("echo {question}!")
    page.locator("#pg-prompts-run").click()
    page.locator("#pg-prompts-share [data-act=link]").click(timeout=30_000)
    page.wait_for_url("**#playground=*")
    again = visit("es").open(page.url.removeprefix(reader.url)).page
    first = again.locator("#pg-prompts .pm-text").first
    expect(first).to_have_text("echo of it!", timeout=30_000)
    expect(again.locator("#pg-prompts-template-1 textarea")).to_have_value("echo {question}!")
    expect(again.locator("#pg-prompts-compare input[value=templates]")).to_be_checked()
    expect(again.locator("#pg-prompts-run")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_writing_can_be_stopped(visit: Open, size: tuple[int, int]) -> None:
    reader = visit("en", size)
    page = open_prompts(reader)
    page.locator("#pg-prompt textarea").fill("a long one")
    compare(page, "forms")
    page.locator("#pg-prompts-run").click()
    expect(page.locator("#pg-prompts .pm-text").first).to_contain_text("word3", timeout=30_000)
    expect(page.locator("#pg-prompts-stop")).to_be_in_viewport()
    if size == PHONE:
        page.locator("#pg-prompts-stop").click()
    else:
        page.keyboard.press("Escape")
    expect(page.locator("#pg-prompts-status")).to_have_text(reader.say("app_prompts_stopped"))
    expect(page.locator("#pg-prompts-run")).to_be_visible()
    expect(page.locator("#pg-prompts .pm-text").first).to_contain_text("word3")
