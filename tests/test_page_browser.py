"""What a reader does at the page, in a real browser over a scripted model."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.page_reader import LOCALES, Open, Reader, catalogue

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", LOCALES)
def test_a_conversation(visit: Open, language: str) -> None:
    """Ask, watch it grow, stop it; then reload and find it again; then begin another."""
    reader = visit(language)
    expect(reader.page.locator("#welcome h1")).to_have_text(reader.say("app_welcome_title"))
    reader.ask("a long answer, please")
    expect(reader.answer).to_contain_text("word5 ")
    expect(reader.status).to_have_text(reader.say("app_status_answering"))
    expect(reader.page.locator("#welcome")).to_be_hidden()
    reader.page.locator("#box .stop-button").click()
    expect(reader.status).to_contain_text(reader.say("app_status_stopped"))
    expect(reader.answer).to_contain_text(reader.say("app_mark_stopped"))
    text = reader.answer.inner_text()
    reader.reload()
    expect(reader.page.locator("#chat .user-row")).to_contain_text("a long answer, please")
    expect(reader.answer).to_have_text(text, use_inner_text=True)
    reader.ask("and now?")
    reader.expect_done()
    expect(reader.page.locator("#chat .user-row")).to_have_count(2)
    reader.page.locator("#new").click()
    expect(reader.page.locator("#chat .message-row")).to_have_count(0)
    expect(reader.page.locator("#welcome")).to_be_visible()
    reader.reload()
    expect(reader.page.locator("#chat .message-row")).to_have_count(0)


@pytest.mark.parametrize("language", LOCALES)
def test_an_example_is_sent_when_it_is_clicked(visit: Open, language: str) -> None:
    reader = visit(language)
    reader.page.get_by_role("button", name=reader.say("app_example_3")).click()
    expect(reader.page.locator("#chat .user-row")).to_contain_text(reader.say("app_example_3"))
    reader.expect_done()


@pytest.mark.parametrize("language", LOCALES)
def test_a_message_that_is_too_long_stays_in_the_box(visit: Open, language: str) -> None:
    reader = visit(language)
    reader.ask("y" * 200_000)
    sentence = reader.say("error_message_too_long", length=200_000, limit=16_000)
    expect(reader.status).to_have_text(sentence)
    expect(reader.page.locator("#status [role=alert]")).to_have_text(sentence)
    expect(reader.page.locator(".toast-body")).to_have_count(0)
    expect(reader.box).to_have_value("y" * 200_000)
    expect(reader.page.locator("#chat .message-row")).to_have_count(0)


def test_a_blank_message_is_not_sent(visit: Open) -> None:
    reader = visit()
    reader.ask("   ")
    reader.ask("")
    reader.ask("hello")
    reader.expect_done()
    expect(reader.page.locator("#chat .user-row")).to_have_count(1)


def test_shift_and_enter_break_the_line(visit: Open) -> None:
    reader = visit()
    reader.box.fill("one")
    reader.box.press("Shift+Enter")
    reader.box.type("two")
    expect(reader.box).to_have_value("one\ntwo")


def test_an_answer_that_fails_is_kept_with_its_reason(visit: Open) -> None:
    reader = visit()
    reader.ask("please fail")
    expect(reader.answer).to_contain_text("I will begin this answer")
    expect(reader.answer).to_contain_text(reader.say("error_engine_died"))
    expect(reader.status).to_have_text(reader.say("app_status_failed"))


def test_the_language_is_chosen_and_kept(visit: Open) -> None:
    reader = visit("en")
    expect(reader.page.get_by_role("tab", name="Documents")).to_be_visible()
    reader.page.locator(".languages a[lang=es]").click()
    reader.settle()
    assert reader.page.url == reader.url
    for _ in range(2):
        expect(reader.page.get_by_role("tab", name="Documentos")).to_be_visible()
        expect(reader.page.locator("#model")).to_contain_text(catalogue.text("es", "app_model_ready"))
        expect(reader.box).to_have_attribute("placeholder", catalogue.text("es", "app_box_placeholder"))
        expect(reader.page.locator("html")).to_have_attribute("lang", "es")
        reader.reload()


def test_dark_and_light_are_chosen_and_kept(visit: Open) -> None:
    reader = visit(color_scheme="light")
    body = reader.page.locator("body")
    expect(body).to_have_css("background-color", "rgb(251, 250, 248)")
    reader.page.locator("[data-action=theme]").click()
    for _ in range(2):
        expect(body).to_have_css("background-color", "rgb(24, 22, 20)")
        expect(body).to_have_class(re.compile("dark"))
        reader.reload()


def test_the_keyboard_opens_and_closes_the_help_and_stops_an_answer(visit: Open) -> None:
    reader = visit()
    dialog = reader.page.locator("#help")
    reader.box.press("?")
    expect(dialog).to_be_hidden()
    reader.box.fill("")
    reader.page.locator(".brand").focus()
    reader.page.keyboard.press("?")
    expect(dialog).to_be_visible()
    reader.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    reader.ask("a long answer")
    expect(reader.answer).to_contain_text("word3 ")
    reader.page.keyboard.press("Escape")
    expect(reader.answer).to_contain_text(reader.say("app_mark_stopped"))


def test_two_tabs_have_two_conversations_at_once(visit: Open) -> None:
    first = visit()
    second = Reader(first.page.context.new_page(), first.url, "en").open()
    first.ask("a long answer")
    second.ask("another long answer")
    expect(first.answer).to_contain_text("word9 ")
    expect(second.answer).to_contain_text("word9 ")
    expect(second.page.locator("#chat .user-row")).to_have_count(1)
    assert first.page.evaluate("tertulia.conversation()") != second.page.evaluate("tertulia.conversation()")


def test_a_conversation_that_is_gone_leaves_an_empty_page(visit: Open) -> None:
    reader = visit()
    reader.page.evaluate("sessionStorage.setItem('tertulia.conversation', 'of-somebody-else')")
    reader.reload()
    expect(reader.page.locator("#welcome")).to_be_visible()
    expect(reader.page.locator("#chat .message-row")).to_have_count(0)
    reader.ask("hello")
    reader.expect_done()
