"""Another model of this machine in the Playground, in a real browser: chosen, seen, and offered by an address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.cloud_page import OTHER, serving_cloud
from tests.page_faults import faults_in
from tests.page_reader import PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser
FIRST = "test/scripted"


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with serving_cloud() as url:
        yield url


TOKENS = "#pg-next .pg-row .pg-token"


def look(reader: Reader, prompt: str = "the cat sat on") -> list[str]:
    """The likeliest tokens by the model that the tab works with."""
    page = reader.page
    page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]").click()
    page.locator("#pg-prompt textarea").fill(prompt)
    page.locator("#pg-look").click()
    expect(page.locator(TOKENS).first).to_be_visible()
    return page.locator(TOKENS).all_inner_texts()


def choose(reader: Reader, name: str) -> None:
    reader.page.locator("#pg-model input").click()
    reader.page.get_by_role("option", name=name).click()


def test_an_address_leads_to_the_model_it_was_made_with(visit: Open) -> None:
    reader = visit("en")
    page, tokens = reader.page, look(reader)
    choose(reader, OTHER)
    expect(page.locator("#pg-model-status")).to_have_text(reader.say("app_md_pg_switched", model=OTHER))
    expect(page.locator(TOKENS)).not_to_have_text(tokens)
    others = page.locator(TOKENS).all_inner_texts()
    page.locator("#pg-tabs [role=tab][data-tab-id=samples]").click()
    expect(page.locator("#pg-samples")).to_have_text(reader.say("app_md_pg_emptied"))
    page.locator("#pg-tabs [role=tab][data-tab-id=next]").click()
    page.locator("#pg-next-share [data-act=link]").click()
    page.wait_for_url("**#playground=*")
    address = page.url.removeprefix(reader.url)
    again = visit("es", PHONE).open(address)
    page = again.page
    expect(page.locator(TOKENS)).to_have_text(tokens)
    button = page.get_by_role("button", name=again.say("app_md_pg_reopen", model=OTHER))
    expect(button).to_be_visible()
    assert faults_in(page) == []
    button.click()
    expect(page.locator(TOKENS)).to_have_text(others)
    expect(page.locator("#pg-model input")).to_have_value(OTHER)
    expect(button).to_have_count(0)
    assert faults_in(page) == []


def test_what_is_no_model_changes_nothing(visit: Open) -> None:
    reader = visit("en")
    page, tokens = reader.page, look(reader)
    page.locator("#pg-model input").fill("local/none")
    page.locator("#pg-model input").press("Enter")
    expect(page.locator("#pg-model-status [role=alert]")).to_contain_text("local/none")
    expect(page.locator("#pg-model input")).to_have_value(FIRST)
    expect(page.locator(TOKENS)).to_have_text(tokens)
