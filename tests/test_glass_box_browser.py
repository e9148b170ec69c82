"""The glass box in a real browser, on a page of its own: by keyboard, by pointer, and when its HTML is replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import components
from chains.run_record import Alternative, AnswerRecord, Part, PromptTokens, RunRecord, WrittenToken
from components.catalogue import Catalogue
from components.glass_box import glass_box

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

ASSETS = Path(components.__file__).parent / "assets"
HOSTILE = b"<img src=x onerror=window.wasHit=1>"
OTHERS = (
    Alternative(id=7, text=HOSTILE, probability=0.3, probability_after=0.1),
    Alternative(id=8, text=b" b", probability=0.1, probability_after=0.0),
    Alternative(id=None, text=b" c", probability=0.05),
)


def record(num_prompt: int = 3) -> AnswerRecord:
    answer = tuple(
        WrittenToken(id=1, text=f" w{place}".encode(), probability=0.5, others=OTHERS) for place in range(40)
    )
    ids = tuple(range(500, 500 + num_prompt))
    prompt = (PromptTokens(part=Part.QUESTION, ids=ids, texts=tuple(b" t" for _ in ids)),)
    return AnswerRecord(runs=(RunRecord(model="m", prompt=prompt, answer=answer),))


def draw(page: Page, what: AnswerRecord) -> None:
    """As the page does it: the whole HTML in the place of the old one."""
    html = glass_box(what, Catalogue.load(), "en", "m1")
    page.evaluate("html => { document.querySelector('main').innerHTML = html }", html)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 400, "height": 800})
    styles, script = ((ASSETS / f"glass_box.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    page.set_content("<!doctype html><html lang=en><main style='width: 380px'></main></html>")
    page.add_style_tag(content=styles)
    page.evaluate("window.acts = []; window.tertulia = { act: (...all) => acts.push(all), bridgeOf: () => 'chat' }")
    page.evaluate(script)
    draw(page, record())
    yield page
    page.close()


def test_an_alternative_is_taken_by_keyboard(page: Page) -> None:
    tokens = page.locator(".gb-answer span[data-o]")
    page.locator(".gb-why > summary").focus()
    page.keyboard.press("Tab")
    expect(tokens.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(tokens.nth(1)).to_be_focused()
    expect(tokens.nth(1)).to_have_attribute("aria-label", "Token ␣w1, 50.0%")
    assert page.locator(".gb-answer [tabindex]").count() == 1
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".gb-pop-row").nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("acts") == [["token", {"message": "m1", "token": 1, "other": 1}, "chat"]]
    expect(page.locator(".gb-pop")).to_have_count(0)
    expect(tokens.nth(1)).to_be_focused()


def test_escape_closes_this_alone(page: Page) -> None:
    page.evaluate("document.addEventListener('keydown', () => acts.push('heard'))")
    page.locator(".gb-answer span[data-o]").nth(3).click()
    expect(page.locator(".gb-pop")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".gb-pop")).to_have_count(0)
    assert page.evaluate("acts") == []


def test_what_a_token_says_is_text(page: Page) -> None:
    page.locator(".gb-answer span[data-o]").nth(3).hover()
    row = page.locator(".gb-pop-row").nth(1)
    expect(row.locator("span").first).to_have_text(HOSTILE.decode().replace(" ", "␣"))
    assert page.evaluate("[window.wasHit, document.images.length]") == [None, 0]
    expect(page.locator(".gb-pop-row:disabled")).to_have_count(2)  # the chosen one, and the one without an id
    expect(page.locator(".gb-pop-row .cut")).to_have_count(1)


def test_folds_stay_as_they_were_left(page: Page) -> None:
    prompt = page.locator("[data-fold=prompt]")
    prompt.locator("summary").click()
    page.locator("[data-fold=figures] > summary").click()
    expect(prompt).to_have_attribute("open", "")
    draw(page, record())
    expect(prompt).to_have_attribute("open", "")
    expect(page.locator("[data-fold=figures]")).not_to_have_attribute("open", "")


def test_a_pop_over_goes_with_its_token(page: Page) -> None:
    page.locator(".gb-answer span[data-o]").nth(3).click()
    draw(page, record())
    expect(page.locator(".gb-pop")).to_have_count(0)


def test_the_line_below_tells_about_a_token_of_the_prompt(page: Page) -> None:
    page.locator("[data-fold=prompt] > summary").click()
    page.locator(".gb-prompt span[title]").nth(2).hover()
    expect(page.locator(".gb-info")).to_have_text("id 502 · bytes 20 74 · Question")


def test_the_rest_of_a_long_prompt_is_drawn_when_asked_for(page: Page) -> None:
    draw(page, record(4_100))
    page.locator("[data-fold=prompt] > summary").click()
    page.get_by_role("button", name=re.compile("100 more")).click()
    expect(page.locator(".gb-prompt span[title]")).to_have_count(4_100)
    expect(page.locator(".gb-prompt span[title]").nth(1_000)).to_be_focused()


def test_a_prompt_without_ids_can_be_read_and_the_answer_still_gone_through(page: Page) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    told = record().last
    prompt = (PromptTokens(part=Part.QUESTION, ids=(), texts=(b"Why", b"?\n")),)
    draw(page, AnswerRecord(runs=(told.model_copy(update={"prompt": prompt}),)))
    expect(page.locator(".gb-prompt")).to_have_text("Why?")
    expect(page.locator(".gb-answer [tabindex]")).to_have_count(1)
    assert faults == []
