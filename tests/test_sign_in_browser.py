"""Signing in with a real browser: what a person sees and does, in both languages, on a desk and on a phone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.page_faults import faults_in
from tests.page_process import PageProcess, page_process
from tests.page_reader import DESKTOP, LOCALES, PHONE, Reader, catalogue
from tests.quick_accounts import PASSWORD, quick_accounts

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

MORE_LOOKS = [pytest.param("es", DESKTOP, marks=pytest.mark.slow), pytest.param("en", PHONE, marks=pytest.mark.slow)]
LOOKS = [("en", DESKTOP), ("es", PHONE), *MORE_LOOKS]
PICTURES = os.environ.get("TERTULIA_TEST_PICTURES")  # a folder, for whoever wants to look


def context_of(browser: Browser, language: str, size: tuple[int, int]) -> BrowserContext:
    return browser.new_context(locale=LOCALES[language], viewport={"width": size[0], "height": size[1]})


def base(served: PageProcess) -> str:
    return served.url.rstrip("/")


def sign_in(page: Page, name: str, password: str) -> None:
    page.locator("#name").fill(name)
    page.locator("#account-password").fill(password)
    page.locator("#account button").click()


def look(page: Page, name: str) -> None:
    """No text is faint, nothing is nameless, small or too wide."""
    assert faults_in(page) == []
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png")


def enter(page: Page, url: str, language: str) -> Reader:
    """Visit, and sign in as ana."""
    page.goto(url)
    sign_in(page, "ana", PASSWORD)
    return Reader(page, url, language).settle()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("door")
    for name in ("ana", "eva"):
        quick_accounts(folder / "users.json").add(name, PASSWORD)
    return folder


@pytest.mark.parametrize(("language", "size"), LOOKS)
def test_somebody_signs_in_looks_at_the_account_and_signs_out(
    folder: Path, browser: Browser, language: str, size: tuple[int, int]
) -> None:
    def say(key: str, **values: object) -> str:
        return catalogue.text(language, key, **values)

    with page_process(folder) as served, context_of(browser, language, size) as context:
        page, shape = context.new_page(), f"{language}-{size[0]}"
        page.goto(f"{base(served)}/lessons/tokens")
        expect(page.get_by_role("heading", level=1)).to_have_text(say("app_sign_in_title"))
        expect(page.locator("#name")).to_be_focused()
        look(page, f"sign-in-{shape}")
        sign_in(page, "ana", "not the password")
        expect(page.get_by_role("alert")).to_have_text(say("error_sign_in_refused"))
        expect(page.locator("#name")).to_have_value("ana")
        expect(page.locator("#account-password")).to_be_focused()
        look(page, f"refused-{shape}")
        page.locator("#account-password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{base(served)}/lessons/tokens")
        reader = Reader(page, served.url, language).open()
        account = page.locator(".tool.account")
        expect(account).to_be_visible()
        expect(account).to_have_attribute("aria-label", say("app_account_link"))
        look(page, f"rooms-{shape}")
        account.click()
        expect(page.get_by_text(say("app_account_who", name="ana"))).to_be_visible()
        look(page, f"account-{shape}")
        page.get_by_role("button", name=say("app_account_sign_out")).click()
        expect(page).to_have_url(f"{base(served)}/sign-in")
        page.goto(reader.url)
        expect(page.locator("#name")).to_be_visible()


def test_conversations_follow_the_account_over_browsers_and_a_restart(folder: Path, browser: Browser) -> None:
    with context_of(browser, "es", DESKTOP) as one, context_of(browser, "es", DESKTOP) as two:
        here, there = one.new_page(), two.new_page()
        with page_process(folder) as served:
            port = int(served.url.rstrip("/").rpartition(":")[2])
            enter(here, served.url, "es").hear("a first question")
            other = enter(there, served.url, "es")
            other.open_side("sidebar")
            expect(other.entries.filter(has_text="a first question")).to_have_count(1)
        with page_process(folder, port=port) as again:
            reader = Reader(here, again.url, "es").open()
            expect(reader.questions.first).to_contain_text("a first question")
            leave_everywhere(here, again)
            there.goto(again.url)
            expect(there.locator("#name")).to_be_visible()


def leave_everywhere(page: Page, served: PageProcess) -> None:
    page.goto(f"{base(served)}/account")
    page.get_by_role("button", name=catalogue.text("es", "app_account_everywhere")).click()
    expect(page).to_have_url(f"{base(served)}/sign-in")


def test_who_signs_in_as_another_sees_nothing_of_the_first(folder: Path, browser: Browser) -> None:
    with page_process(folder) as served, context_of(browser, "en", DESKTOP) as context:
        page = context.new_page()
        enter(page, served.url, "en").hear("what only ana may read")
        page.goto(f"{base(served)}/account")
        page.get_by_role("button", name=catalogue.text("en", "app_account_sign_out")).click()
        sign_in(page, "eva", PASSWORD)
        reader = Reader(page, served.url, "en").settle()
        reader.open_side("sidebar")
        expect(page.get_by_text("what only ana may read")).to_have_count(0)


def test_the_password_is_changed_and_the_old_one_counts_no_more(tmp_path: Path, browser: Browser) -> None:
    quick_accounts(tmp_path / "users.json").add("ana", PASSWORD)
    with page_process(tmp_path) as served, context_of(browser, "es", PHONE) as context:
        page = context.new_page()
        page.goto(f"{base(served)}/account")
        sign_in(page, "ana", PASSWORD)
        expect(page).to_have_url(f"{base(served)}/account")
        for field, value in (("password", PASSWORD), ("new", "another password"), ("again", "another password")):
            page.locator(f"#{field}").fill(value)
        page.get_by_role("button", name=catalogue.text("es", "app_account_password_change"), exact=True).click()
        expect(page.get_by_role("status")).to_have_text(catalogue.text("es", "app_account_changed"))
        look(page, "changed-es-360")
        page.get_by_role("button", name=catalogue.text("es", "app_account_sign_out")).click()
        sign_in(page, "ana", PASSWORD)
        expect(page.get_by_role("alert")).to_have_text(catalogue.text("es", "error_sign_in_refused"))
        sign_in(page, "ana", "another password")
        Reader(page, served.url, "es").settle()


def test_one_password_for_all(tmp_path: Path, browser: Browser) -> None:
    with (
        page_process(tmp_path, password="open sesame") as served,
        browser.new_context(locale="es-CL", viewport={"width": 360, "height": 740}, color_scheme="dark") as context,
    ):
        page = context.new_page()
        page.goto(f"{base(served)}/?a=1")
        expect(page.locator("#password-password")).to_be_focused()
        look(page, "shared-es-360-dark")
        page.keyboard.type("open sesame")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{base(served)}/?a=1")
        Reader(page, served.url, "es").settle()
