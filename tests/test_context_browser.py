"""The Context tab in a real browser: an example, a smaller window, and back to it by its address."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.page_faults import NAMELESS, SMALL_TARGETS, expect_none, expect_within
from tests.page_reader import LOCALES, PHONE, Open
from tests.test_playground_browser import open_playground, small_tab

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


def try_talk(page: Page) -> None:
    """The example; its end is known by the files that can be taken."""
    small_tab(page, "context")
    page.locator("#pg-context-talk").click()
    expect(page.locator("#pg-context-share [data-act=link]")).to_be_visible(timeout=60_000)


def set_window(page: Page, tokens: int) -> None:
    field = page.locator("#pg-context-window input[type=number]")
    field.fill(str(tokens))
    field.press("Tab")


def test_a_smaller_window_leaves_more_turns_out_and_an_address_shows_it_again(visit: Open) -> None:
    first = open_playground(visit)
    try_talk(first.page)
    first.page.locator("#pg-prompt textarea").fill("why")
    first.page.locator("#pg-prompt textarea").press("Enter")
    expect(first.page.locator("#pg-context-share [data-act=link]")).to_be_visible(timeout=60_000)
    assert first.page.locator("#pg-next .pg-row").count() == 0, "Enter is this tab's"
    seen = first.page.locator("#pg-context .cx-sight").first.locator(".cx-turns .cx-seen")
    num_seen = seen.count()
    set_window(first.page, 160)
    expect(first.page.locator("#pg-context .tx-verdict")).to_contain_text("window of 160", timeout=60_000)
    expect(first.page.locator("#pg-context-stop")).to_be_hidden(timeout=60_000)
    assert 0 < seen.count() < num_seen
    first.page.locator("#pg-context-share [data-act=link]").click()
    first.page.wait_for_url("**#playground=*")
    again = visit("en").open(first.page.url.removeprefix(first.url))
    expect(again.page.locator("#pg-context .cx-sight")).to_have_count(4, timeout=60_000)
    expect(again.page.locator("#pg-context-window input[type=number]")).to_have_value("160")
    text = first.page.locator("#pg-context .cx-sight").first.inner_text()
    expect(again.page.locator("#pg-context .cx-sight").first).to_have_text(text, use_inner_text=True)


@pytest.mark.parametrize("language", LOCALES)
def test_a_phone_shows_all_of_it(visit: Open, language: str) -> None:
    page = open_playground(visit, language, size=PHONE, has_touch=True, is_mobile=True).page
    try_talk(page)
    expect(page.locator("#pg-context .cx-sight").first).to_be_in_viewport(timeout=30_000)
    for fold in page.locator("#pg-context details.tx-more > summary").all():
        fold.click()
    expect(page.locator("#pg-context .cx-table")).to_be_visible()
    expect_within(page, PHONE[0])
    expect_none(page, SMALL_TARGETS, NAMELESS)
