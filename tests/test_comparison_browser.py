"""The Compare tab in a real browser: side by side on a desk, blind on a phone by keyboard, and a vote that counts."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.comparison_page import FAILING, FIRST, OTHER, serving_comparison
from tests.page_faults import faults_in
from tests.page_reader import PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with serving_comparison() as url:
        yield url


def open_tab(reader: Reader) -> None:
    reader.page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=models]").click()
    reader.page.locator("#md-tabs [role=tab][data-tab-id=compare]").click()
    expect(reader.page.locator(".cmp-example")).to_have_count(3)


def test_three_answers_stand_side_by_side(visit: Open) -> None:
    reader = visit("en")
    open_tab(reader)
    page = reader.page
    page.locator("#md-cmp-add").click()
    third = page.locator("#md-cmp-model-2 input")
    third.fill(FAILING)
    third.press("Enter")
    page.locator(".cmp-example").first.click()
    expect(page.locator("#md-cmp-question textarea")).to_have_value(reader.say("app_md_cmp_example_1"))
    page.locator("#md-cmp-question textarea").fill("What is a tuple?")
    page.locator("#md-cmp-run").click()
    expect(page.locator(".cmp-vote")).to_be_visible()
    answers = page.locator(".cmp-answer:visible")
    expect(answers).to_have_count(3)
    expect(answers.nth(0)).to_contain_text(FIRST)
    expect(answers.nth(1).locator("strong")).to_have_text("Short")
    expect(answers.nth(1)).to_contain_text(reader.say("app_md_cmp_figure_speed"))
    expect(answers.nth(2).locator("[role=alert]")).to_be_visible()
    tops = [answers.nth(place).bounding_box() for place in range(3)]
    assert len({round(box["y"]) for box in tops if box}) == 1
    assert faults_in(page) == []
    page.locator(".cmp-vote [data-choice='1']").click()
    expect(page.locator(".cmp-board tbody th").first).to_have_text(OTHER)
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{reader.say('app_md_cmp_file_votes')} CSV").click()
    assert OTHER in download.value.path().read_text(encoding="utf-8-sig")


def test_a_blind_vote_on_a_phone_by_keyboard(visit: Open) -> None:
    reader = visit("es", PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    open_tab(reader)
    page = reader.page
    assert faults_in(page) == []
    page.locator("#md-cmp-question textarea").fill("¿Qué es una tupla?")
    page.locator("#md-cmp-blind input").check()
    page.locator("#md-cmp-run").press("Enter")
    expect(page.locator(".cmp-vote")).to_be_visible()
    answers = page.locator("#md-cmp-answers")
    for name in (FIRST, OTHER):
        expect(answers).not_to_contain_text(name)
    expect(page.locator(".cmp-figures")).to_have_count(0)
    assert faults_in(page) == []
    page.locator(".cmp-vote button").first.press("Enter")
    for name in (FIRST, OTHER):
        expect(answers).to_contain_text(name)
    expect(page.locator(".cmp-won")).to_have_text(reader.say("app_md_cmp_won"))
    expect(page.locator(".cmp-board tbody tr")).to_have_count(2)
    assert faults_in(page) == []
    page.locator("[data-act=forget]").click()
    page.locator("dialog [value=yes]").click()
    expect(page.locator("#md-cmp-board")).to_contain_text(reader.say("app_md_cmp_board_none"))


def test_files_of_another_are_nobodys(visit: Open, url: str) -> None:
    reader = visit("en")
    open_tab(reader)
    page = reader.page
    page.locator("#md-cmp-question textarea").fill("echo a secret")
    page.locator("#md-cmp-blind input").check()
    page.locator("#md-cmp-run").click()
    expect(page.locator(".cmp-vote")).to_be_visible()
    comparison = page.locator(".cmp-vote button").first.get_attribute("data-comparison")
    addresses = [f"comparing/answers/{one}.csv" for one in (comparison, "no-such-id")]
    assert [page.request.get(url + address).status for address in addresses] == [404, 404]  # before the vote
    page.locator(".cmp-vote button").first.click()
    expect(page.locator(".cmp-won")).to_be_visible()
    assert "a secret" in page.request.get(url + addresses[0]).text()
    with httpx.Client(base_url=url, headers={"accept-language": "en"}) as stranger:
        stranger.get("/").raise_for_status()
        answers = [stranger.get(address) for address in addresses]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text == answers[1].text
        assert "a secret" not in stranger.get("comparing/votes.json").text
