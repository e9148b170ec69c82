"""The page as a reader meets it, in a real browser over a scripted model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from components.catalogue import Catalogue
from tests.browser import find_browser
from tests.page_server import serving
from tests.test_shown_text import HOSTILE

pytestmark = pytest.mark.browser

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOCALES = {"en": "en-GB", "es": "es-CL"}
PHONE = (360, 740)
DESKTOP = (1280, 800)
# Gradio writes this when a page is left while a stream is open; there is nobody left to read it.
LEAVING = re.compile("AbortError|Connection errored out|net::ERR_ABORTED")

catalogue = Catalogue.load()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = find_browser()
    if program is None:
        pytest.skip("no browser on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Reader:
    """One browser at the page, and what went wrong in it."""

    page: Page
    url: str
    language: str
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", lambda message: self.note(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.note(str(error)))
        self.page.on("request", lambda request: self.note_request(request.url))

    def note(self, fault: str) -> None:
        if not LEAVING.search(fault):
            self.faults.append(fault)

    def note_request(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"left for {url}")

    def open(self, path: str = "") -> Reader:
        self.page.goto(self.url + path, wait_until="domcontentloaded")
        return self.settle()

    def reload(self) -> Reader:
        self.page.reload(wait_until="domcontentloaded")
        return self.settle()

    def settle(self) -> Reader:
        """The chip is filled by the load event: once it is there, the conversation is too."""
        expect(self.page.locator("#model .chip")).to_be_visible(timeout=30_000)
        expect(self.page.locator("#status[role=status]")).to_have_count(1)
        return self

    def ask(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def say(self, key: str, **values: object) -> str:
        return catalogue.text(self.language, key, **values)

    @property
    def box(self) -> Any:
        return self.page.locator("#box textarea")

    @property
    def status(self) -> Any:
        return self.page.locator("#status")

    @property
    def answer(self) -> Any:
        return self.page.locator("#chat .bot-row").last

    def expect_done(self) -> None:
        expect(self.page.locator("#box .submit-button")).to_be_visible(timeout=30_000)
        expect(self.status).to_contain_text(self.say("app_status_done"))


Open = Callable[..., Reader]


@pytest.fixture
def visit(url: str, browser: Browser) -> Iterator[Open]:
    """Opens the page for a new reader; at the end no reader may have seen a fault or left the machine."""
    readers: list[Reader] = []

    def open_page(language: str = "en", size: tuple[int, int] = DESKTOP, **options: Any) -> Reader:
        viewport: Any = {"width": size[0], "height": size[1]}
        context = browser.new_context(locale=LOCALES[language], viewport=viewport, **options)
        reader = Reader(context.new_page(), url, language)
        readers.append(reader)
        reader.watch()
        return reader.open()

    yield open_page
    for reader in readers:
        reader.page.context.close()
    assert [fault for reader in readers for fault in reader.faults] == []


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
    assert reader.answer.inner_text() == text
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
    expect(reader.page.locator(".toast-wrap")).to_contain_text(sentence)
    assert len(reader.box.input_value()) == 200_000
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
    assert reader.box.input_value() == "one\ntwo"


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
        assert reader.page.evaluate("document.documentElement.lang") == "es"
        reader.reload()


def test_dark_and_light_are_chosen_and_kept(visit: Open) -> None:
    reader = visit(color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    assert reader.page.evaluate(background) == "rgb(251, 250, 248)"
    reader.page.locator("[data-action=theme]").click()
    for _ in range(2):
        assert reader.page.evaluate(background) == "rgb(24, 22, 20)"
        expect(reader.page.locator("body")).to_have_class(re.compile("dark"))
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


def test_the_rooms_to_come_say_so(visit: Open) -> None:
    reader = visit("es")
    for room in ("documents", "agent", "playground"):
        reader.page.get_by_role("tab", name=reader.say(f"app_tab_{room}")).click()
        expect(reader.page.get_by_text(reader.say(f"app_later_{room}"))).to_be_visible()


@pytest.mark.parametrize("language", LOCALES)
def test_a_phone_needs_no_sideways_scrolling(visit: Open, language: str) -> None:
    reader = visit(language, PHONE, has_touch=True, is_mobile=True)
    wide = "document.documentElement.scrollWidth"
    assert reader.page.evaluate(wide) <= PHONE[0]
    reader.ask("show me everything")
    reader.expect_done()
    assert reader.page.evaluate(wide) <= PHONE[0]
    for tab in ("documents", "agent", "playground"):
        reader.page.get_by_role("tab", name=reader.say(f"app_tab_{tab}")).click()
        assert reader.page.evaluate(wide) <= PHONE[0]


def test_there_is_no_dead_space(visit: Open) -> None:
    reader = visit()
    assert reader.page.evaluate("document.documentElement.scrollHeight") == DESKTOP[1]
    foot = reader.page.locator("#foot").bounding_box()
    assert foot
    assert foot["y"] + foot["height"] >= DESKTOP[1] - 16


SMALL_TARGETS = """() => [...document.querySelectorAll("button, a, textarea, [role=tab]")]
    .filter(e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .filter(e => !e.closest(".prose, .visually-hidden, .overflow-menu, .toast-wrap, .code_wrap"))
    .map(e => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()])
    .filter(([_, r]) => r.width > 0 && (r.width < 40 || r.height < 40))
    .map(([html, r]) => `${r.width}x${r.height} ${html}`)
"""
NAMELESS = """() => [...document.querySelectorAll("button, a, textarea")].filter(e => e.checkVisibility())
    .filter(e => !(e.ariaLabel || e.title || e.innerText.trim() || e.labels?.[0]?.textContent.trim()))
    .map(e => e.outerHTML.slice(0, 120))
"""


def test_everything_can_be_touched_and_has_a_name(visit: Open) -> None:
    reader = visit("es", PHONE, has_touch=True, is_mobile=True)
    reader.ask("show me everything")
    reader.expect_done()
    assert reader.page.evaluate(SMALL_TARGETS) == []
    assert reader.page.evaluate(NAMELESS) == []


# The ratio of WCAG 2 between each visible text and the first opaque ground under it; 4.5 is its level AA.
FAINT_TEXTS = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = numbers(color).slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if ((numbers(color)[3] ?? 1) > 0.99) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement, words = texts.currentNode.data.trim();
    if (!words || e.closest("script, style, noscript, .visually-hidden, .sr-only, .katex-mathml")) continue;
    if (!e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${e.className} "${words.slice(0, 30)}"`);
  }
  return faint;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(visit: Open, scheme: str) -> None:
    reader = visit("en", color_scheme=scheme)
    assert reader.page.evaluate(FAINT_TEXTS) == []
    reader.ask("show me everything")
    reader.expect_done()
    reader.ask("please fail")
    expect(reader.status).to_have_text(reader.say("app_status_failed"))
    assert reader.page.evaluate(FAINT_TEXTS) == []
    reader.ask("y" * 20_000)
    expect(reader.status).to_contain_text("20000")
    reader.page.locator("[data-action=help]").click()
    assert reader.page.evaluate(FAINT_TEXTS) == []


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
        reader.page.locator("#new").click()
        expect(reader.page.locator("#chat .message-row")).to_have_count(0)
        reader.ask(f"echo {text}")
        reader.expect_done()
        expect(reader.answer).not_to_be_empty()
        if found := reader.page.evaluate(FOREIGN):
            left[name] = found
    assert left == {}
