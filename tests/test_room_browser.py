"""The list of conversations, the bars under messages and the keys, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.page_reader import PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

TITLE = "Talk of today"  # the scripted model names every conversation so


def expect_focused(reader: Reader, act: str) -> None:
    expect(reader.page.locator(":focus")).to_have_attribute("data-act", act)


def ask_and_wait(reader: Reader, text: str) -> None:
    reader.ask(text)
    reader.expect_done()
    expect(reader.page.locator("#chat .message-bar[data-role=assistant]:not([inert])").last).to_be_attached()


def test_a_conversation_is_renamed_deleted_and_brought_back_by_keyboard(visit: Open) -> None:
    reader = visit()
    ask_and_wait(reader, "echo <b>one</b>")
    page, entry = reader.page, reader.page.locator(".entry .title")
    expect(entry).to_have_text(TITLE)
    expect(entry).to_have_attribute("aria-current", "true")
    page.locator(".entry .more").focus()
    page.keyboard.press("ArrowDown")
    expect_focused(reader, "rename")
    page.keyboard.press("Escape")
    expect(page.locator("#sidebar .conversation-menu")).to_be_hidden()
    expect_focused(reader, "menu")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("A <i>title</i>")
    page.keyboard.press("Enter")
    expect(page.locator(".room-bar h1")).to_have_text("A <i>title</i>")
    expect(entry).to_have_text("A <i>title</i>")
    page.locator(".entry .more").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(entry).to_have_count(0)
    page.locator("[data-act=restore]").click()
    expect(entry).to_have_text("A <i>title</i>")


def test_renaming_can_be_left(visit: Open) -> None:
    reader = visit()
    ask_and_wait(reader, "echo one")
    expect(reader.page.locator(".entry .title")).to_have_text(TITLE)
    reader.page.locator(".entry .more").click()
    reader.page.get_by_role("menuitem", name=reader.say("app_rename")).click()
    reader.page.keyboard.type("no")
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator(".entry input")).to_have_count(0)
    expect(reader.page.locator(".entry .title")).to_have_text(TITLE)


def test_a_question_is_edited_where_it_stands_and_its_versions_are_kept(visit: Open) -> None:
    reader = visit()
    text = "echo **one**"
    ask_and_wait(reader, text)
    reader.box.press("ArrowUp")
    area = reader.page.locator(".edit-message textarea")
    expect(area).to_have_value(text)
    area.press("Escape")
    expect(area).to_have_count(0)
    expect_focused(reader, "edit")
    reader.page.keyboard.press("Enter")
    area.fill("echo two")
    area.press("Control+Enter")
    expect(reader.answer).to_contain_text("two")
    expect(area).to_have_count(0)
    reader.expect_done()
    place = reader.page.locator("#chat .place")
    expect(place).to_have_text("2/2")
    reader.page.locator("#chat .user-row + .message-buttons [data-act=version]").first.click()
    expect(place).to_have_text("1/2")
    expect(reader.answer).to_contain_text("one")


def test_bars_are_still_while_an_answer_is_written(visit: Open) -> None:
    reader = visit()
    reader.ask("a long answer")
    expect(reader.answer).to_contain_text("word9 ")
    bars = reader.page.locator("#chat .message-bar")
    expect(bars.first).to_have_attribute("inert", "")
    reader.page.locator("#box .stop-button").click()
    expect(reader.page.locator("#chat [data-act=resume]")).to_be_visible()
    expect(bars).to_have_count(2)


def test_the_sidebar_is_remembered_where_there_is_room_for_it(visit: Open) -> None:
    reader = visit()
    sidebar = reader.page.locator("#sidebar")
    expect(sidebar).to_be_visible()
    reader.page.keyboard.press("Control+b")
    expect(sidebar).to_be_hidden()
    reader.reload()
    expect(sidebar).to_be_hidden()
    expect(reader.page.locator("#room [data-action=sidebar]")).to_have_attribute("aria-expanded", "false")
    reader.page.keyboard.press("Control+k")
    expect(reader.page.locator("#search :is(input, textarea)")).to_be_focused()


def test_on_a_phone_the_sidebar_lies_over_the_room(visit: Open) -> None:
    reader = visit("es", PHONE, has_touch=True, is_mobile=True)
    ask_and_wait(reader, "echo uno")
    sidebar, opener = reader.page.locator("#sidebar"), reader.page.locator("#room [data-action=sidebar]")
    expect(sidebar).to_be_hidden()
    opener.tap()
    expect(sidebar).to_be_visible()
    expect(reader.page.locator("#room")).to_have_js_property("inert", True)
    reader.page.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    expect(opener).to_be_focused()
    opener.tap()
    reader.page.touchscreen.tap(PHONE[0] - 10, PHONE[1] / 2)
    expect(sidebar).to_be_hidden()
    opener.tap()
    reader.page.locator(".entry .title").tap()
    expect(sidebar).to_be_hidden()
    expect(reader.page.locator("#room")).to_have_js_property("inert", False)


def test_paper_holds_the_conversation_and_nothing_else(visit: Open) -> None:
    reader = visit()
    ask_and_wait(reader, "echo one")
    reader.page.emulate_media(media="print")
    for seen in (".room-bar h1", "#chat .user-row", "#chat .bot-row"):
        expect(reader.page.locator(seen)).to_be_visible()
    for unseen in ("#header", "#sidebar", "#box", "#foot", "#chat .message-buttons", ".room-bar button"):
        expect(reader.page.locator(unseen).first).to_be_hidden()
    speaker = "getComputedStyle(document.querySelector('#chat [data-testid=user]'), '::before').content"
    assert re.search(r"You|attr", str(reader.page.evaluate(speaker)))
