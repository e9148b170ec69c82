"""The Agent room in a real browser: asked by an example, watched, decided about, stopped, reloaded, and on a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.page_events import kept
from tests.page_faults import FAINT_TEXTS, NAMELESS, SMALL_TARGETS, expect_none, expect_within
from tests.page_reader import DESKTOP, PHONE, Open, Reader
from tests.panel_reader import TWO_VIEWS

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

CHILE = "How old is the president of Chile?"


@dataclass
class AgentReader:
    """A reader in the Agent room."""

    reader: Reader

    @classmethod
    def over(cls, reader: Reader) -> AgentReader:
        agent = cls(reader)
        reader.page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=agent]:visible").click()
        return agent.settle()

    def settle(self) -> AgentReader:
        expect(self.reader.page.locator("#agent-tools .agent-tools")).to_be_visible(timeout=30_000)
        return self

    def ask(self, text: str) -> None:
        box = self.reader.page.locator("#agent-box textarea")
        box.fill(text)
        box.press("Enter")
        expect(self.chat.locator(".user-row").last).to_contain_text(text, timeout=30_000)

    @property
    def chat(self) -> Locator:
        return self.reader.page.locator("#agent-chat")

    @property
    def answer(self) -> Locator:
        return self.chat.locator(".bot-row").last

    @property
    def calls(self) -> Locator:
        return self.answer.locator(".tr-call")

    @property
    def status(self) -> Locator:
        return self.reader.page.locator("#agent-status")

    @property
    def titles(self) -> Locator:
        return self.reader.page.locator("#agent-entries .entry button.title")

    def expect_done(self) -> None:
        expect(self.reader.page.locator("#agent-box .submit-button")).to_be_visible(timeout=60_000)
        expect(self.chat.locator(".message-bar[inert]")).to_have_count(0, timeout=30_000)

    def open_panel(self, tab: str) -> Locator:
        panel = self.reader.page.locator("#agent-panel")
        if not panel.is_visible():
            self.reader.page.locator("#agent-bar [data-action=agent-panel]").click()
        expect(panel).to_be_visible()
        self.reader.page.locator(f"#agent-panel-tabs [role=tab][data-tab-id={tab}]:visible").click()
        return panel

    def close_panel(self) -> None:
        self.reader.page.locator("#agent-panel-head [data-action=agent-panel]").click()


@TWO_VIEWS
def test_an_example_is_answered_by_two_tools_in_sight(visit: Open, language: str, size: tuple[int, int]) -> None:
    agent = AgentReader.over(visit(language, size))
    reader, page = agent.reader, agent.reader.page
    expect_none(page, SMALL_TARGETS, FAINT_TEXTS, NAMELESS)
    page.get_by_role("button", name=reader.say("app_agent_example_2")).click()
    expect(agent.calls.first).to_be_visible(timeout=30_000)
    agent.expect_done()
    expect(agent.calls).to_have_count(2)
    expect(agent.answer.locator(".message-content")).to_contain_text("5.1434")
    expect(agent.status).to_contain_text(reader.say("app_agent_calls", count=2))
    agent.calls.last.locator("summary").first.click()
    expect(agent.calls.last).to_contain_text("5.14339388265")
    source = agent.answer.get_by_role("link", name="Wikipedia").last
    expect(source).to_have_attribute("rel", "noopener noreferrer nofollow")
    agent.chat.locator("[data-act=glass]").last.click()
    expect(page.locator("#agent-glass .gb-run").first).to_be_attached()
    expect_within(page, size[0])
    expect_none(page, SMALL_TARGETS, FAINT_TEXTS, NAMELESS)


def test_calls_are_decided_about_while_they_wait(visit: Open) -> None:
    agent = AgentReader.over(visit("es", PHONE))
    reader, page = agent.reader, agent.reader.page
    with kept(page):
        agent.open_panel("limits").get_by_label(reader.say("app_agent_asks_before")).check()
    agent.close_panel()
    agent.ask(CHILE)
    expect(agent.status).to_have_text(
        reader.say("app_agent_status_waiting", tool=reader.say("app_tool_web_search")), timeout=30_000
    )
    page.locator("#agent-chat [data-act=always]").click()
    calculator = reader.say("app_tool_calculator")
    expect(agent.status).to_have_text(reader.say("app_agent_status_waiting", tool=calculator), timeout=30_000)
    expect(page.locator("#agent-bar [data-action=agent-panel]")).to_be_visible()
    expect_within(page, PHONE[0])
    page.locator("#agent-chat [data-act=reject]").click()
    agent.expect_done()
    agent.calls.last.locator("summary").first.click()
    expect(agent.calls.last).to_contain_text(reader.say("error_call_refused"))
    page.locator("#agent-tools summary").click()
    expect(page.locator("#agent-tools [data-act=ask_again]")).to_have_count(1)
    page.locator("#agent-tools [data-act=ask_again]").click()
    expect(page.locator("#agent-tools [data-act=ask_again]")).to_have_count(0)
    expect(page.locator("#agent-tools li").first).to_be_visible()


def test_it_is_stopped_in_a_slow_tool_and_reloaded(visit: Open) -> None:
    agent = AgentReader.over(visit())
    reader, page = agent.reader, agent.reader.page
    agent.ask(f"{CHILE} slow")
    tool = reader.say("app_tool_web_search")
    expect(agent.status).to_have_text(reader.say("app_agent_status_tool", tool=tool), timeout=30_000)
    page.locator("#agent-box .stop-button").click()
    expect(agent.status).to_contain_text(reader.say("app_status_stopped"))  # the tool itself never ends
    expect(agent.calls).to_have_count(1)
    agent.ask(f"{CHILE} slow again")
    expect(agent.status).to_have_text(reader.say("app_agent_status_tool", tool=tool), timeout=30_000)
    reader.reload()
    agent.settle()
    expect(agent.chat.locator(".user-row")).to_have_count(2, timeout=30_000)
    expect(agent.calls).to_have_count(1)
    expect(agent.status).to_contain_text(reader.say("app_status_stopped"), timeout=30_000)
    agent.ask("hello")
    agent.expect_done()


def test_another_tab_sees_it_grow(visit: Open) -> None:
    agent = AgentReader.over(visit())
    page = agent.reader.page
    page.locator("#agent-welcome .example").nth(1).click()
    expect(agent.calls.first).to_be_visible(timeout=30_000)
    agent.expect_done()
    agent.ask("endless words")
    other = Reader(page.context.new_page(), agent.reader.url, "en")
    tab = AgentReader.over(other.open())
    tab.titles.first.click()
    expect(tab.answer).to_contain_text("word9 ", timeout=30_000)
    expect(tab.chat.locator(".tr-call")).to_have_count(2, timeout=30_000)
    page.bring_to_front()
    page.keyboard.press("Escape")
    expect(page.locator("#agent-box .submit-button")).to_be_visible(timeout=30_000)
    other.page.bring_to_front()
    expect(tab.status).to_contain_text(other.say("app_status_stopped"), timeout=30_000)
    expect(tab.answer.locator(".message-content").first).to_have_text(re.compile("^word0 "))


def test_conversations_stay_in_their_room(visit: Open) -> None:
    reader = visit()
    reader.hear("good day")
    agent = AgentReader.over(reader)
    expect(agent.titles).to_have_count(0)
    agent.ask("of rivers")
    agent.expect_done()
    page = reader.page
    entry = page.locator("#agent-entries .entry").first
    entry.hover()
    entry.locator(".more").click()
    menu = page.locator("#agent-entries .conversation-menu")
    menu.get_by_role("menuitem", name=reader.say("app_rename")).click()
    page.keyboard.type("Rivers")
    page.keyboard.press("Enter")
    expect(agent.titles).to_have_text(["Rivers"])
    expect(page.locator("#agent-bar h1")).to_have_text("Rivers")
    page.locator("#agent-search :is(input, textarea)").fill("pear")
    expect(page.locator("#agent-entries")).to_contain_text("pear")
    page.locator("#agent-search :is(input, textarea)").fill("")
    page.locator("#agent-new").click()
    expect(page.locator("#agent-chat .message-row")).to_have_count(0)
    expect(page.locator("#agent-box textarea")).to_be_focused()
    agent.titles.first.click()
    expect(agent.chat.locator(".user-row")).to_have_count(1)
    page.locator("#agent-chat [data-act=edit]").click()
    page.locator("#agent-chat .edit-message textarea").fill("of lakes")
    page.locator("#agent-chat .edit-message .send").click()
    expect(agent.answer).to_contain_text("You asked: of lakes", timeout=30_000)
    reader.page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=chat]:visible").click()
    expect(reader.entries).to_have_count(1)


def test_tools_and_options_stay_as_they_were_chosen(visit: Open) -> None:
    agent = AgentReader.over(visit("en", DESKTOP))
    reader, page = agent.reader, agent.reader.page
    page.locator("#agent-tools summary").click()
    switch = page.locator("#agent-tools [data-tool=calculator]")
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_be_focused()
    page.keyboard.press("Escape")
    expect(switch).to_be_hidden()
    panel = agent.open_panel("model")
    panel.locator("input[value=react]").check()
    expect(page.locator("#agent-chosen")).to_contain_text(reader.say("app_strategy_why_asked"))
    agent.open_panel("limits")
    calls = page.locator("#agent-max-calls input[type=number]")
    with kept(page):
        calls.fill("99")
        calls.press("Enter")
    reader.reload()
    agent.settle()
    agent.open_panel("model")
    expect(panel.locator("input[value=react]")).to_be_checked()
    agent.open_panel("limits")
    expect(page.locator("#agent-max-calls input[type=number]")).to_have_value("12")
    page.locator("#agent-tools summary").click()
    expect(page.locator("#agent-tools [data-tool=calculator]")).to_have_attribute("aria-checked", "false")
    expect_none(page, SMALL_TARGETS, FAINT_TEXTS, NAMELESS)
