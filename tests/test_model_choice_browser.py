"""Another model is chosen in each room, in a real browser."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.other_models import BASE, BROKEN, DOWN, LONGEST, SECOND
from tests.page_faults import faults_in
from tests.page_reader import DESKTOP, PHONE, Open, Reader
from tests.panel_reader import open_glass, uncover

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser
USUAL = "test/scripted"
SHOTS = os.environ.get("TERTULIA_TEST_SHOTS")  # a folder for pictures to look at
TO_LOOK_AT = [("es", PHONE), ("en", DESKTOP)] if SHOTS else []
VIEWS = pytest.mark.parametrize(("language", "size"), [("es", DESKTOP), ("en", PHONE), *TO_LOOK_AT])


@dataclass
class Choice:
    """The control of one room, in its panel."""

    reader: Reader
    prefix: str
    panel: Locator

    @classmethod
    def in_chat(cls, reader: Reader) -> Choice:
        return cls(reader, "", reader.open_panel("settings"))

    @classmethod
    def in_room(cls, reader: Reader, room: str, panel: str, tab: str) -> Choice:
        page = reader.page
        page.locator(f"#rooms > .tab-wrapper [role=tab][data-tab-id={room}]:visible").click()
        side = page.locator(f"#{panel}")
        opener = page.locator(f"[data-action={panel}]:visible").first
        expect(opener.or_(side).first).to_be_visible()
        if not side.is_visible():
            opener.click()
        expect(side).to_be_visible()
        side.locator(f"[role=tab][data-tab-id={tab}]:visible").click()
        return cls(reader, f"{room}-", side)

    @property
    def name(self) -> Locator:
        return self.reader.page.locator(f"#{self.prefix}model-choice input")

    @property
    def note(self) -> Locator:
        return self.reader.page.locator(f"#{self.prefix}model-note")

    def choose(self, name: str) -> None:
        self.name.click()
        self.reader.page.get_by_role("option", name=name, exact=True).click()

    def expect_chosen(self, name: str) -> None:
        expect(self.name).to_have_value(name)

    def expect_old_one_stays(self, name: str) -> None:
        """Because the broken one cannot be loaded."""
        self.choose(BROKEN)
        expect(self.note).to_contain_text(self.reader.say("error_model_not_loaded", path="broken.gguf"))
        expect(self.note).to_contain_text(self.reader.say("app_model_stays", model=name))
        self.expect_chosen(name)
        expect(self.reader.page.locator(f"#{self.prefix}model-cancel")).to_be_hidden()

    def look(self, what: str) -> None:
        page = self.reader.page
        if SHOTS:
            width = page.viewport_size["width"] if page.viewport_size else 0
            page.screenshot(path=Path(SHOTS) / f"{what}_{self.reader.language}_{width}.png")
        assert faults_in(page) == []


@VIEWS
def test_the_chat_is_led_by_another_model(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    choice = Choice.in_chat(reader)
    choice.expect_chosen(USUAL)
    choice.choose(SECOND)
    window = reader.say("app_model_window", count=str(2 * LONGEST))
    expect(choice.note).to_have_text(window)
    expect(reader.page.locator("#setting-max-tokens input[type=number]")).to_have_value(str(LONGEST))
    choice.look("chat_second")
    choice.expect_old_one_stays(SECOND)
    choice.look("chat_broken")
    uncover(reader)
    assert reader.hear("Who are you?") == "I am the second."
    reader.reload()
    choice = Choice.in_chat(reader)
    choice.expect_chosen(SECOND)
    choice.choose(BASE)
    expect(choice.note).to_contain_text(reader.say("app_model_base"))
    reader.open_panel("memory")
    expect(reader.page.locator("#mode input[value=completion]")).to_be_checked()
    uncover(reader)
    reader.begin_another()
    Choice.in_chat(reader).expect_chosen(BASE)


def test_the_meter_follows_the_model(visit: Open) -> None:
    """With no conversation, in one that choosing made, in one with an answer, and in one that is opened again."""
    reader = visit("en", DESKTOP)
    choice = Choice.in_chat(reader)
    meter = reader.page.locator("#meter .cm-used")

    def expect_window(num_tokens: str) -> None:
        expect(meter).to_have_text(re.compile(rf"\b{num_tokens} tokens$"))

    expect_window("3,000")
    choice.choose(SECOND)
    expect_window("400")
    choice.choose(DOWN)
    expect_window("32,768")
    choice.choose(SECOND)
    expect_window("400")
    reader.hear("Who are you?")
    expect_window("400")
    choice.choose(BASE)
    expect_window("3,000")
    choice.choose(DOWN)
    expect_window("32,768")
    choice.expect_old_one_stays(DOWN)
    expect_window("32,768")
    reader.reload()
    expect_window("32,768")


@VIEWS
def test_another_answers_when_one_is_down(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    choice = Choice.in_chat(reader)
    choice.choose(DOWN)
    expect(choice.note).to_contain_text(reader.say("app_model_service"))
    fold = reader.page.locator("#fallback")
    fold.locator("button").first.click()
    others = reader.page.locator("#fallback-models input")
    others.click()
    reader.page.get_by_role("option", name=SECOND, exact=True).click()
    expect(reader.page.locator("#fallback-models")).to_contain_text(SECOND)
    reader.page.keyboard.press("Escape")
    choice.look("chat_fallback")
    uncover(reader)
    assert reader.hear("Who are you?") == "I am the second."
    glass = open_glass(reader)
    expect(glass.locator(".gb-figures")).to_contain_text(SECOND)
    expect(glass.locator(".gb-figures")).to_contain_text(f"{DOWN}: {reader.say('app_missed_quota')}")
    choice.look("chat_missed")


@pytest.mark.parametrize(
    ("room", "panel", "tab"), [("agent", "agent-panel", "model"), ("documents", "sources", "settings")]
)
@VIEWS
def test_the_other_rooms_have_the_same_choice(
    visit: Open, language: str, size: tuple[int, int], room: str, panel: str, tab: str
) -> None:
    reader = visit(language, size)
    choice = Choice.in_room(reader, room, panel, tab)
    choice.expect_chosen(USUAL)
    choice.choose(SECOND)
    expect(choice.note).to_have_text(reader.say("app_model_window", count=str(2 * LONGEST)))
    choice.expect_old_one_stays(SECOND)
    choice.look(f"{room}_broken")
    reader.reload()
    Choice.in_room(reader, room, panel, tab).expect_chosen(SECOND)
