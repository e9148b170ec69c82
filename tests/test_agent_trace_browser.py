"""The agent's trace in a real browser, on a page of its own: placed, kept while it grows, searched, decided about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import components
from agents.steps import Node
from components.agent_trace import Traced, trace_view
from components.catalogue import Catalogue
from tests.agent_traces import COUNT, COUNTED, FOUND, SEARCH, THOUGHT, TRACES, traced

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

ASSETS = Path(components.__file__).parent / "assets"
ROW = '<div class="message-row bot-row"><div class="flex-wrap"><p class="prose">{}</p></div></div>'
PAGE = f"""<!doctype html><html lang=en><body><button class="stop-button" onclick="sent.push('stop')"></button>
<div id="rooms"><div class="room-box"></div><div id="agent-chat" class="room-chat"><div class="bubble-wrap">
{ROW.format("first")}{ROW.format('<a href="#cited-a1-3" target="_blank" title="Source 3">[3]</a>')}
</div></div><div id="agent-traces"></div><div id="agent-live"></div></div></body></html>"""


def give(page: Page, place: str, *answers: Traced) -> None:
    """As the page does it: the whole HTML in the place of the old one."""
    html = "".join(trace_view(answer, Catalogue.load(), "en") for answer in answers)
    page.evaluate("([id, html]) => { document.getElementById(id).innerHTML = html }", [place, html])


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 400, "height": 800})
    page.set_content(PAGE)
    page.add_style_tag(content=(ASSETS / "agent.css").read_text(encoding="utf-8"))
    page.evaluate("window.sent = []; window.tertulia = { language: 'en', words: {} }")
    for name in ("page", "agent"):
        page.evaluate((ASSETS / f"{name}.js").read_text(encoding="utf-8"))
    page.evaluate("tertulia.connect((kind, data) => sent.push(data), 'agent')")
    yield page
    page.close()


def test_each_answer_gets_its_trace_and_sources(page: Page) -> None:
    give(page, "agent-traces", replace(TRACES["no calls"], message_id="a0"), TRACES["done"])
    first, second = page.locator(".bot-row").all()
    expect(first.locator(".agent-part")).to_have_count(1)
    expect(second.locator(".agent-part")).to_have_count(2)
    expect(second.locator(".tr-above .tr-call")).to_have_count(2)
    assert second.evaluate("row => [...row.children].map(child => child.classList[0])") == [
        *("agent-part", "flex-wrap", "agent-part"),
    ]
    give(page, "agent-traces", TRACES["done"], replace(TRACES["no calls"], message_id="a2"))
    expect(first.locator(".agent-part")).to_have_count(2)
    expect(second.locator(".agent-part")).to_have_count(1)


def test_the_answer_being_written_is_the_last_one(page: Page) -> None:
    """Also while the place of its trace is still taken by that of another version."""
    give(page, "agent-traces", replace(TRACES["no calls"], message_id="a0"), replace(TRACES["done"], message_id="old"))
    give(page, "agent-live", TRACES["running"])
    expect(page.locator(".bot-row").last.locator(".tr-step.running")).to_have_count(1)
    expect(page.locator(".bot-row").first.locator(".tr-step")).to_have_count(0)


def test_what_was_done_in_a_trace_stays_while_it_grows(page: Page) -> None:
    give(page, "agent-live", traced(THOUGHT, SEARCH, FOUND, COUNT, node=Node.TOOLS))
    row = page.locator(".bot-row").last
    expect(row.locator(".tr-call")).to_have_count(2)
    search, count = row.locator(".tr-call > details").all()
    search.locator("summary").click()
    count.locator("summary").click()
    row.locator("input[type=search]").fill("línea 7")
    page.evaluate("window.kept = document.querySelector('.bot-row:last-child .tr-call')")
    give(page, "agent-live", traced(THOUGHT, SEARCH, FOUND, COUNT, COUNTED, node=Node.ANSWER))
    expect(row.locator(".tr-call.done")).to_have_count(2)
    expect(count).to_have_attribute("open", "")
    expect(row.locator("input[type=search]")).to_have_value("línea 7")
    expect(row.locator("input[type=search]")).to_be_focused()
    assert page.evaluate("kept.isConnected")
    row.locator(".tr-fold > summary").first.click()
    give(page, "agent-live")
    give(page, "agent-traces", replace(TRACES["no calls"], message_id="a0"), TRACES["done"])
    expect(row.locator(".tr-diagram .lit")).to_have_count(0)
    expect(row.locator(".tr-fold")).not_to_have_attribute("open", "")


def test_a_result_is_searched_and_shown_whole(page: Page) -> None:
    give(page, "agent-live", TRACES["done"])
    result = page.locator(".bot-row .tr-result.long")
    page.locator(".bot-row .tr-call summary").first.click()
    field, count, more = (result.locator(selector) for selector in ("input", "[role=status]", ".tr-all"))
    before = result.locator(".tr-text").text_content()
    field.fill("POLITICO")
    expect(result.locator("mark")).to_have_count(30)
    expect(count).to_have_text("1/30")
    expect(more).to_have_attribute("aria-expanded", "true")
    field.press("Enter")
    field.press("Enter")
    field.press("Shift+Enter")
    expect(count).to_have_text("2/30")
    expect(result.locator("mark.at")).to_be_in_viewport()
    field.fill("<b>nothing</b>")
    expect(count).to_have_text("0")
    field.press("Escape")
    expect(count).to_have_text("")
    assert field.input_value() == ""
    assert result.locator(".tr-text").text_content() == before
    more.click()
    expect(more).to_have_text("Show all (2,921 characters)")
    assert page.evaluate("sent") == []  # Escape has stopped nothing


def test_a_decision_is_sent_once(page: Page) -> None:
    give(page, "agent-live", TRACES["waiting"])
    for act in ("reject", "approve", "always"):
        page.locator(f".bot-row .tr-{act}").click()
        expect(page.locator(f".bot-row .tr-{act}")).to_have_attribute("aria-disabled", "true")
        page.locator(".bot-row .tr-approve").click(force=True)
        page.locator(".bot-row .tr-buttons").evaluate(
            "row => [...row.children].forEach(b => { b.ariaDisabled = 'false' })"
        )
    sent = page.evaluate("sent")
    assert [one["action"] for one in sent] == ["reject", "approve", "always"]
    assert {(one["call"], one["message"]) for one in sent} == {("c1", "a1")}


def test_a_number_leads_to_its_source(page: Page) -> None:
    give(page, "agent-traces", replace(TRACES["no calls"], message_id="a0"), replace(TRACES["done"], cited=(1,)))
    source = page.locator(".bot-row [data-source='3']")
    expect(source).to_be_hidden()
    page.locator("a[href='#cited-a1-3']").click()
    expect(source).to_be_visible()
    expect(source).to_be_focused()
    assert page.evaluate("location.hash") == ""
