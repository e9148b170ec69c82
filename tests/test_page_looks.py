"""How the page looks and reads in a real browser: on a phone, in the dark, with hostile answers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.page_faults import FAINT_TEXTS, NAMELESS, SMALL_TARGETS, expect_none, expect_within
from tests.page_reader import DESKTOP, LOCALES, PHONE, Open
from tests.test_shown_text import HOSTILE

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", LOCALES)
def test_a_phone_needs_no_sideways_scrolling(visit: Open, language: str) -> None:
    reader = visit(language, PHONE, has_touch=True, is_mobile=True)
    expect_within(reader.page, PHONE[0])
    reader.ask("show me everything")
    reader.expect_done()
    expect_within(reader.page, PHONE[0])
    for tab in ("documents", "agent", "playground"):
        reader.page.get_by_role("tab", name=reader.say(f"app_tab_{tab}")).click()
        expect_within(reader.page, PHONE[0])


def test_there_is_no_dead_space(visit: Open) -> None:
    reader = visit()
    expect(reader.page.locator("html")).to_have_js_property("scrollHeight", DESKTOP[1])
    foot = reader.page.locator("#foot").bounding_box()
    assert foot
    assert foot["y"] + foot["height"] >= DESKTOP[1] - 16


def test_everything_can_be_touched_and_has_a_name(visit: Open) -> None:
    reader = visit("es", PHONE, has_touch=True, is_mobile=True)
    reader.ask("show me everything")
    reader.expect_done()
    expect_none(reader.page, SMALL_TARGETS, NAMELESS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(visit: Open, scheme: str) -> None:
    reader = visit("en", color_scheme=scheme)
    expect_none(reader.page, FAINT_TEXTS)
    reader.ask("show me everything")
    reader.expect_done()
    reader.ask("please fail")
    expect(reader.status).to_have_text(reader.say("app_status_failed"))
    expect_none(reader.page, FAINT_TEXTS)
    reader.ask("y" * 20_000)
    expect(reader.status).to_contain_text("20000")
    reader.page.locator("[data-action=help]").click()
    expect_none(reader.page, FAINT_TEXTS)


def test_code_tables_formulas_and_links_are_drawn(visit: Open) -> None:
    reader = visit()
    reader.ask("show me everything")
    reader.expect_done()
    expect(reader.answer.locator("pre code")).to_contain_text('print(f"<b>{shopping}</b>")')
    expect(reader.answer.locator("td").first).to_have_text("changes")
    expect(reader.answer.locator(".katex")).to_have_count(2)
    expect(reader.answer.locator(".katex-error")).to_have_count(0)
    expect(reader.answer.locator(".katex-html").first).to_contain_text("a<b")
    link = reader.answer.get_by_role("link")
    expect(link).to_have_attribute("href", "https://docs.python.org/3/tutorial/")
    expect(link).to_have_attribute("rel", re.compile("noopener"))


def test_what_is_copied_reads_as_it_was_written(visit: Open) -> None:
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    text = "A List<String> & `kill $$`, [not](a link)"
    reader.ask(f"echo {text}")
    reader.expect_done()
    reader.page.locator("#chat .message-buttons .icon-button").last.click()
    reader.page.wait_for_function("async (text) => await navigator.clipboard.readText() === text", arg=text)


FOREIGN = """() => {
  const inside = document.querySelector("#chat .message-wrap");
  const odd = inside.querySelectorAll(
    "img, iframe, form, style, script, input, video, audio, object, embed, [onerror], [onload]");
  const links = [...inside.querySelectorAll("a")].map((a) => a.getAttribute("href"));
  return [...[...odd].map((e) => e.outerHTML), ...links.filter((href) => !/^(https?:\\/\\/|mailto:)/.test(href))];
}"""


def test_hostile_answers_draw_nothing_and_fetch_nothing(visit: Open) -> None:
    """Each in a conversation of its own, so that a broken one cannot hide behind another."""
    reader = visit()
    left: dict[str, Any] = {}
    for name, text in HOSTILE.items():
        reader.ask(f"echo {text}")
        reader.expect_done()
        expect(reader.answer).not_to_be_empty()
        if found := reader.page.evaluate(FOREIGN):
            left[name] = found
        reader.page.locator("#new").click()
        expect(reader.page.locator("#chat .message-row")).to_have_count(0)
    assert left == {}
