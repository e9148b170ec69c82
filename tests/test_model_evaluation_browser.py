"""The Evaluate tab of the Models room in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.page_faults import faults_in
from tests.page_reader import DESKTOP, PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

NUM_QUICK, NUM_SLOW = 6, 500


def questions(word: str, num: int) -> FilePayload:
    """Of every three answers that the model of the tests gives, one is wrong; to ``slow`` ones it takes its time."""
    rows = "".join(f"{word} yes {number},yes {number if number % 3 else 'no'}\n" for number in range(num))
    return FilePayload(name=f"{word}.csv", mimeType="text/csv", buffer=f"question,answer\n{rows}".encode())


def open_tab(reader: Reader) -> Page:
    page = reader.page
    page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=models]").click()
    page.locator("#md-tabs [role=tab][data-tab-id=evaluate]").click()
    expect(page.locator("#me-set")).to_be_visible()
    expect(page.locator("#md-evaluate .me-start")).to_be_visible()
    return page


def begin(page: Page, file: FilePayload, num_templates: int = 1) -> None:
    page.locator("#md-evaluate [name=me-kind][value=file]").check()
    page.locator("#md-evaluate input[type=file]").set_input_files([file])
    expect(page.locator("#md-evaluate-uploaded [data-key]")).to_be_visible()
    for number in range(num_templates):
        page.locator("#md-evaluate [name=me-template]").nth(number).check()
    page.locator("#md-evaluate .me-start").click()
    expect(page.locator("#md-evaluate .me-row").first).to_contain_text(file["name"].removesuffix(".csv"))


@pytest.mark.parametrize(("language", "size", "scheme"), [("es", PHONE, "dark"), ("en", DESKTOP, "light")])
def test_a_set_is_evaluated_and_its_answers_are_read(
    visit: Open, language: str, size: tuple[int, int], scheme: str
) -> None:
    reader = visit(language, size, color_scheme=scheme)
    page = open_tab(reader)
    assert faults_in(page) == []
    begin(page, questions("echo", NUM_QUICK), num_templates=2)
    done = reader.say("app_md_ev_complete", total=2 * NUM_QUICK)
    expect(page.locator("#md-evaluate .me-standing")).to_have_text(done)
    rows = page.locator("#md-evaluate-result tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text(f"{NUM_QUICK}/{NUM_QUICK}")
    expect(page.locator("#md-evaluate-result .ev-whisker")).to_have_count(2)
    rows.nth(1).locator("[data-act=baseline]").click()
    expect(rows.nth(0).locator("[data-act=baseline]")).to_be_visible()
    rows.nth(0).locator("[data-act=outcomes]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#md-evaluate-outcomes h3")).to_be_focused()
    expect(page.locator("#md-evaluate-outcomes li")).to_have_count(NUM_QUICK)
    page.locator("#md-evaluate-outcomes .me-only-wrong").check()
    expect(page.locator("#md-evaluate-outcomes li:visible")).to_have_count(2)
    page.locator("#md-evaluate-outcomes li:visible summary").first.click()
    expect(page.locator("#md-evaluate-outcomes dd:visible").last).to_have_text("yes 0")
    assert faults_in(page) == []


def test_one_leaves_comes_back_stops_it_and_goes_on(visit: Open) -> None:
    reader = visit("en")
    page = open_tab(reader)
    begin(page, questions("slow", NUM_SLOW))
    expect(page.locator("#md-evaluate .me-standing progress")).to_be_visible()
    page = open_tab(reader.reload())
    page.locator("#md-evaluate [data-act=stop]").click()
    expect(page.locator("#md-evaluate [data-act=resume]")).to_be_visible()
    expect(page.locator("#md-evaluate .me-standing")).to_contain_text(f"of {NUM_SLOW}")
    (num_stopped,) = re.findall(r"(\d+) of", page.locator("#md-evaluate .me-standing").inner_text())
    page.locator("#md-evaluate [data-act=resume]").click()
    expect(page.locator("#md-evaluate .me-standing progress")).not_to_have_attribute("value", num_stopped)
    page.locator("#md-evaluate [data-act=stop]").click()
    expect(page.locator("#md-evaluate [data-act=resume]")).to_be_visible()
    page.locator("#md-evaluate [data-act=delete]").click()
    page.get_by_role("dialog").get_by_role("button", name=reader.say("app_md_ev_delete")).click()
    expect(page.locator("#md-evaluate-listed")).to_contain_text(reader.say("app_md_ev_none"))
    expect(page.locator("#md-evaluate-result")).to_be_hidden()
