"""The glass box and the context meter, used in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.page_events import kept
from tests.page_reader import DESKTOP, Open
from tests.panel_reader import VIEWS, in_panel, measured, open_glass, prompt_of

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

ALTERNATIVES = ".gb-pop .gb-pop-row:enabled"


@VIEWS
def test_going_on_from_another_token(visit: Open, language: str, size: tuple[int, int]) -> None:
    """By keyboard: to a token, into what could have stood there, and on from it."""
    reader = visit(language, size)
    reader.hear("echo sunshine")
    glass = open_glass(reader)
    expect(glass).to_contain_text(reader.say("app_glass_num_prompt"))
    token = glass.locator(".gb-answer [data-o]").first
    expect(token).to_have_attribute("tabindex", "0")
    token.focus()
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator(ALTERNATIVES)).to_contain_text("sunshine!")
    expect(reader.page.locator(ALTERNATIVES)).to_be_focused()
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#chat .bot-row + .message-buttons .place")).to_have_text("2/2")
    reader.expect_done()
    expect(reader.answer).to_be_in_viewport()
    assert reader.text.startswith("sunshine!")
    if size == DESKTOP:  # the glass box went along
        expect(glass.locator(".gb-answer")).to_contain_text("sunshine!")
    reader.page.locator("#chat .bot-row + .message-buttons [data-act=version]").first.click()
    expect(reader.page.locator("#chat .bot-row + .message-buttons .place")).to_have_text("1/2")
    expect(reader.answer).not_to_contain_text("sunshine!")


def test_the_prompt_is_read_token_by_token(visit: Open) -> None:
    reader = visit("es")
    reader.hear("echo uno dos")
    reader.hear("echo tres")
    with prompt_of(reader) as prompt:
        for name in ("system", "history", "question", "markers"):
            expect(prompt.locator(f".p-{name}").first).to_be_visible()
            legend = reader.page.locator(f"#glass .gb-legend .p-{name}")
            expect(legend).to_contain_text(reader.say(f"app_part_{name}"))
        prompt.locator("span[title]").first.focus()
        for key in ("ArrowRight", "End"):
            reader.page.keyboard.press(key)
        about = reader.page.locator("#glass .gb-info")
        expect(about).to_contain_text(re.compile(rf"id \d+ .* {reader.say('app_part_question')}"))


def test_the_glass_box_of_another_answer_can_be_used_by_keyboard_too(visit: Open) -> None:
    reader = visit()
    reader.open_panel("notes")
    reader.hear("echo one")
    open_glass(reader)
    reader.page.locator("#glass details[data-fold=figures] > summary").click()
    reader.hear("echo two")
    glass = open_glass(reader)
    expect(glass.locator(".gb-answer [data-o]").first).to_have_attribute("tabindex", "0")
    expect(glass.locator("details[data-fold=figures]")).not_to_have_attribute("open", "")


@VIEWS
def test_the_meter_tells_what_fills_the_window(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    meter = reader.page.locator("#meter")
    expect(meter).to_contain_text(re.compile(r"\d"))
    with measured(reader):
        reader.box.fill("one two three")
    meter.locator("summary").click()
    row = meter.locator("tr.p-question")
    expect(row).to_contain_text(reader.say("app_part_question"))
    expect(row.locator("td").first).to_have_text("3")
    with measured(reader):
        reader.box.fill("one two three four")
    expect(row.locator("td").first).to_have_text("4")
    expect(row).to_be_visible()
    meter.locator("summary").click()
    expect(row).to_be_hidden()


def test_the_meter_and_the_status_say_what_was_left_out(visit: Open) -> None:
    reader = visit()
    for fruit in ("apple", "pear", "plum", "fig"):
        reader.hear("echo " + f"{fruit} " * 450)
    meter = reader.page.locator("#meter")
    expect(meter).to_contain_text(reader.say("app_meter_almost_full"))
    expect(reader.status).to_contain_text(reader.say("app_status_left_out", count=4))
    meter.locator("summary").click()
    expect(meter).to_contain_text(reader.say("app_meter_left_out", count=4))
    expect(meter.locator(".cm-more p")).to_be_visible()


def test_a_text_is_completed(visit: Open) -> None:
    """No turns and no system prompt: the model is given the text alone."""
    reader = visit()
    with in_panel(reader, "memory"), kept(reader.page):
        reader.page.locator("#mode input[value=completion]").check()
    reader.hear("echo once upon a time")
    with prompt_of(reader) as prompt:
        expect(prompt).to_contain_text("echo once upon a time")
        expect(prompt.locator(".p-markers")).to_have_count(0)
        expect(prompt.locator(".p-system")).to_have_count(0)
