"""The Services tab in a real browser: a key is typed, shown by its end, used, forgotten, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.page_faults import FAINT_TEXTS, expect_none, faults_in
from tests.page_reader import PHONE, Open, Reader
from tests.services_page import RIGHT_KEY, serving_services

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving_services() as url:
        yield url


def open_services(reader: Reader) -> Page:
    page = reader.page
    page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=models]").click()
    page.locator("#md-tabs [role=tab][data-tab-id=services]").click()
    expect(page.locator("#md-services-cards .cn-card")).not_to_have_count(0)
    return page


def test_a_key_is_typed_used_and_forgotten_on_a_phone(visit: Open) -> None:
    reader = visit("es", PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    page = open_services(reader)
    fireworks = page.locator(".cn-card[data-service=fireworks]")
    fireworks.locator("[data-act=choose]").click()
    expect(page.locator("#md-services-service input")).to_have_value("Fireworks AI")
    key = page.locator("#md-services-key input")
    expect(key).to_be_focused()
    expect(key).to_have_attribute("type", "password")
    key.fill(RIGHT_KEY)
    key.press("Enter")
    expect(fireworks).to_contain_text("••••4321")
    expect(key).to_have_value("")
    assert RIGHT_KEY not in page.content()
    model = page.locator("#md-services-model :is(input, textarea)")
    model.fill("openai/own")
    page.locator("#md-services-test").click()
    expect(page.locator("#md-services-status .ok")).to_be_visible()
    model.fill("fireworks/mine")
    page.locator("#md-services-add").click()
    expect(fireworks.locator("[data-act=drop]")).to_be_visible()
    assert faults_in(page) == []
    fireworks.locator("[data-act=forget]").click()
    expect(fireworks).not_to_contain_text("4321")
    expect(fireworks).not_to_contain_text("fireworks/mine")


def test_the_operator_lists_the_models_of_a_server_and_offers_one(visit: Open) -> None:
    page = open_services(visit("en"))
    page.locator("#md-services-server [data-act=list]").click()
    rows = page.locator("#md-services-server .cn-models li")
    expect(rows).to_have_count(3)
    rows.filter(has_text="other:8b").locator("[data-act=offer]").click()
    expect(page.locator(".cn-card[data-service=openai]")).to_contain_text("openai/other:8b")
    expect(page.locator("#md-services-server")).to_contain_text("TERTULIA_MODELS=openai/own,openai/other:8b")
    page.locator(".cn-hints summary").click()
    expect(page.locator(".cn-hints dl")).to_be_visible()
    expect_none(page, FAINT_TEXTS)


def test_a_key_ends_with_the_browser(visit: Open) -> None:
    reader = visit("en")
    page = open_services(reader)
    page.locator("#md-services-key input").fill(RIGHT_KEY)
    page.locator("#md-services-keep").click()
    google = page.locator(".cn-card[data-service=google]")
    expect(google).to_contain_text("••••4321")
    reader.reload()
    open_services(reader)
    expect(google).to_contain_text("••••4321")
    page.context.clear_cookies(name="tertulia_session")  # as a browser does when it is closed
    reader.reload()
    open_services(reader)
    expect(google.locator("[data-act=choose]")).to_be_visible()
    expect(google).not_to_contain_text("4321")
