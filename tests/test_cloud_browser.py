"""A service's model in the Playground, in a real browser: what rests, what is sent and when, and the way back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.cloud_page import serving_cloud
from tests.page_faults import expect_within
from tests.page_reader import DESKTOP, PHONE, Open, Reader
from tests.scripted_teller import NAME

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser
LOCAL = "test/scripted"
PROMPT = "The capital of <b>France</b> is"


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with serving_cloud() as url:
        yield url


def open_room(reader: Reader) -> None:
    reader.page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]").click()


def choose(reader: Reader, name: str) -> None:
    reader.page.locator("#pg-model input").click()
    reader.page.get_by_role("option", name=name).click()


def ask(reader: Reader, prompt: str = PROMPT, num_tokens: int = 9) -> None:
    reader.page.locator("#pg-prompt textarea").fill(prompt)
    reader.page.locator("#pg-cloud-length input[type=number]").fill(str(num_tokens))
    reader.page.locator("#pg-cloud-length input[type=number]").press("Tab")
    reader.page.locator("#pg-cloud-send").click()


@pytest.mark.parametrize(("language", "size"), [("es", PHONE), ("en", DESKTOP)])
def test_what_a_service_tells_is_seen_and_the_rest_rests(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    page = reader.page
    open_room(reader)
    expect(page.locator("#pg-look")).to_be_visible()
    choose(reader, NAME)
    expect(page.locator("#pg-model-why")).to_contain_text(NAME)
    for hidden in ("#pg-look", "#pg-mode", "#pg-next"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("#pg-sampling[inert]")).to_have_count(1)
    tabs = page.locator("#pg-tabs [role=tab]")
    expect(tabs.and_(page.locator(":disabled"))).to_have_count(tabs.count() - 1)
    page.locator("#pg-prompt textarea").fill(PROMPT)
    page.keyboard.press("Enter")  # has the local model read elsewhere
    expect(page.locator("#pg-prompt textarea")).to_have_value(PROMPT)
    ask(reader)
    expect(page.locator("#pg-cloud-picture .pg-figures")).to_be_in_viewport()
    rows = page.locator("#pg-cloud-picture .pg-row")
    expect(rows).to_have_count(7)
    expect(rows.last).to_contain_text(reader.say("app_cloud_rest"))
    expect(page.locator("#pg-cloud-picture .gb-answer span[data-o]")).to_have_count(9)
    page.locator("#pg-cloud-picture .gb-answer span[data-o]").first.click()
    expect(page.locator(".gb-pop")).to_contain_text("Paris")
    page.keyboard.press("Escape")
    expect_within(page, size[0])
    choose(reader, LOCAL)
    expect(page.locator("#pg-look")).to_be_visible()
    expect(page.locator("#pg-cloud")).to_be_hidden()
    expect(page.locator("#pg-sampling[inert]")).to_have_count(0)
    expect(tabs.and_(page.locator(":disabled"))).to_have_count(0)


def test_a_link_fills_the_controls_and_sends_nothing(visit: Open) -> None:
    reader = visit("es")
    open_room(reader)
    choose(reader, NAME)
    ask(reader, num_tokens=3)
    reader.page.locator("#pg-cloud-share [data-act=link]").click()
    reader.page.wait_for_url("**#playground=*")
    again = visit("es").open(reader.page.url.removeprefix(reader.url))
    page = again.page
    expect(page.locator("#pg-status")).to_contain_text(again.say("app_cloud_restored", model=NAME))
    expect(page.locator("#pg-prompt textarea")).to_have_value(PROMPT)
    expect(page.locator("#pg-cloud-length input[type=number]")).to_have_value("3")
    expect(page.locator("#pg-cloud-picture .pg-row")).to_have_count(0)
    page.locator("#pg-cloud-send").click()
    expect(page.locator("#pg-cloud-picture .pg-row")).to_have_count(7)


def test_a_slow_service_can_be_stopped(visit: Open) -> None:
    reader = visit("en")
    open_room(reader)
    choose(reader, NAME)
    ask(reader, "slow")
    page = reader.page
    page.locator("#pg-cloud-stop").click()
    expect(page.locator("#pg-cloud-status")).to_have_text(reader.say("app_cloud_stopped"))
    expect(page.locator("#pg-cloud-send")).to_be_visible()
