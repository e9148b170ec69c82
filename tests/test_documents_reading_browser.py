"""Documents asked in a real browser: marks, sources, search, and what a tab remembers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.page_faults import FAINT_TEXTS, NAMELESS, SMALL_TARGETS, expect_none, expect_within
from tests.page_reader import DESKTOP, Open, Reader
from tests.panel_reader import TWO_VIEWS
from tests.pdf_writer import pdf
from tests.test_documents_browser import Library

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

MALLECO, LOA, CHEESE = "The Malleco bridge was opened in 1890.", "The Loa is long.", "Penguins eat cheese in Paris."
BRIDGES = pdf([["Bridges of Chile", MALLECO], ["The second page."]])
MARKS = '#documents-chat a[href^="#source-"]'


@dataclass
class Asking:
    """A reader in the Documents room, with the conversation in sight."""

    reader: Reader

    @classmethod
    def over(cls, reader: Reader) -> Asking:
        library = Library.of(reader)
        library.add(text=f"{LOA} It crosses the desert.")
        library.upload(FilePayload(name="bridges.pdf", mimeType="application/pdf", buffer=BRIDGES))
        expect(library.row("bridges.pdf").locator(".doc-status.ready")).to_be_visible(timeout=60_000)
        if reader.page.locator("#reading[inert]").count():
            reader.close_side("library")
        return cls(reader)

    def choose(self, mode: str) -> None:
        self.reader.page.locator(f"#documents-mode input[value={mode}]").check()
        expect(self.reader.page.locator(f".mode-lines [data-mode={mode}]")).to_be_visible()

    def ask(self, text: str, mode: str = "naive") -> None:
        self.choose(mode)
        box = self.reader.page.locator("#documents-box textarea")
        box.fill(text)
        box.press("Enter")
        expect(self.reader.page.locator("#documents-chat .user-row").last).to_contain_text(text[:20], timeout=30_000)

    def hear(self, text: str, mode: str = "naive") -> None:
        self.ask(text, mode)
        self.expect_done()

    def expect_done(self) -> None:
        expect(self.reader.page.locator("#documents-box .submit-button")).to_be_visible(timeout=60_000)
        expect(self.reader.page.locator("#documents-chat .message-bar[inert]")).to_have_count(0, timeout=30_000)

    @property
    def answer(self) -> Locator:
        return self.reader.page.locator("#documents-chat .bot-row").last

    @property
    def status(self) -> Locator:
        return self.reader.page.locator("#documents-status")

    def do(self, action: str) -> None:
        self.reader.page.locator(f"#documents-chat .message-bar [data-act={action}]").last.click()

    def leave_sources(self) -> None:
        if self.reader.page.locator("#reading[inert]").count():
            self.reader.close_side("sources")


@TWO_VIEWS
def test_every_sentence_leads_to_its_source(visit: Open, language: str, size: tuple[int, int]) -> None:
    asking = Asking.over(visit(language, size))
    reader, page = asking.reader, asking.reader.page
    asking.hear(f"echo {MALLECO} {LOA} {CHEESE}")
    expect(page.locator(MARKS)).to_have_count(2)
    expect(asking.answer.get_by_role("button", name=re.compile(reader.say("app_no_source")))).to_have_count(1)
    expect(asking.status).to_have_text(reader.say("app_status_cited", count=2, total=3))
    mark = asking.answer.get_by_role("button", name=reader.say("app_source_name", number=1, name="bridges.pdf", page=1))
    mark.focus()
    page.keyboard.press("Enter")
    picture = page.locator(".sv-picture img")
    expect(page.locator(".source-view h3")).to_have_text("[1] bridges.pdf")
    expect(page.locator(".sv-picture.loading")).to_have_count(0, timeout=60_000)
    assert picture.evaluate("image => image.naturalWidth") > 500
    expect(picture).to_have_attribute("alt", re.compile(re.escape(MALLECO)))
    assert page.url == reader.url + "/" or page.url == reader.url, "nothing was followed"
    page.locator("[data-act=as_text]").click()
    expect(page.locator(".sv-text mark")).to_contain_text(MALLECO)
    page.locator(".sv-tools [data-page='2']").click()
    expect(page.locator(".sv-text")).to_contain_text("The second page.")
    expect(page.locator(".sv-tools [aria-disabled=true]")).to_have_count(1)
    expect_none(page, SMALL_TARGETS, FAINT_TEXTS, NAMELESS)
    expect_within(page, size[0])


@TWO_VIEWS
def test_how_an_answer_was_found_and_made(visit: Open, language: str, size: tuple[int, int]) -> None:
    asking = Asking.over(visit(language, size))
    reader, page = asking.reader, asking.reader.page
    asking.hear(f"echo {MALLECO}")
    asking.do("found")
    found = page.locator(".found-view")
    expect(found).to_contain_text(reader.say("app_found_yes"))
    expect(found.locator(".fv-hit").first).to_contain_text("bridges.pdf")
    expect_none(page, SMALL_TARGETS, FAINT_TEXTS, NAMELESS)
    page.locator("#try-search textarea").fill("long desert")
    page.locator("#try-search textarea").press("Enter")
    expect(found.locator(".fv-hit").first).to_contain_text("rivers.txt")
    found.locator(".fv-hit button").first.click()
    expect(page.locator(".source-view h3")).to_contain_text("rivers.txt")
    asking.leave_sources()
    asking.do("glass")
    expect(page.locator("#documents-glass .glass-box")).to_be_visible()
    page.locator("#documents-glass details[data-fold=prompt] > summary").click()
    expect(page.locator("#documents-glass .gb-legend .p-passages")).to_be_visible()


@TWO_VIEWS
def test_with_and_without_documents_beside_each_other(visit: Open, language: str, size: tuple[int, int]) -> None:
    asking = Asking.over(visit(language, size))
    reader, page = asking.reader, asking.reader.page
    asking.hear(f"echo {MALLECO}", "compare")
    without = asking.answer.get_by_role("heading", name=reader.say("app_compare_without"))
    with_them = asking.answer.get_by_role("heading", name=reader.say("app_compare_with"))
    one, other = without.bounding_box(), with_them.bounding_box()
    assert one is not None
    assert other is not None
    if size == DESKTOP:
        assert abs(one["y"] - other["y"]) < 2
        assert other["x"] > one["x"] + one["width"]
    else:
        assert other["y"] > one["y"]
    expect(page.locator(MARKS)).to_have_count(1)
    expect_none(page, FAINT_TEXTS)


def test_an_answer_is_stopped_and_its_beginning_kept(visit: Open) -> None:
    asking = Asking.over(visit())
    asking.ask("Tell a long story of the Loa, the long river", "none")
    expect(asking.answer).to_contain_text("word9", timeout=30_000)
    asking.reader.page.keyboard.press("Escape")
    asking.expect_done()
    expect(asking.status).to_contain_text(asking.reader.say("app_status_stopped"))


def test_a_tab_keeps_its_conversation_and_finds_earlier_ones(visit: Open) -> None:
    asking = Asking.over(visit())
    reader, page = asking.reader, asking.reader.page
    asking.hear(f"echo {MALLECO}", "quote")
    asking.hear(f"echo {LOA}", "naive")
    reader.reload()
    Library.of(reader)
    expect(asking.answer).to_contain_text(LOA)
    expect(page.locator("#documents-mode input[value=naive]")).to_be_checked()
    page.locator("#documents-bar [data-act=new]").click()
    expect(page.locator("#documents-chat .message-row")).to_have_count(0)
    expect(page.locator("#documents-welcome .example").first).to_be_visible()
    page.locator(".chooser summary").click()
    page.locator(".chooser .title").click()
    expect(asking.answer).to_contain_text(LOA)
    page.locator(".chooser summary").click()
    page.locator(".chooser [data-act=delete]").click()
    page.locator("dialog.question button.yes").click()
    expect(page.locator("#documents-chat .message-row")).to_have_count(0)
    expect(page.locator(".chooser")).to_have_count(0)


def test_a_hostile_answer_makes_no_marks(visit: Open) -> None:
    asking = Asking.over(visit())
    page = asking.reader.page
    forged = f'echo {MALLECO} [9](#source-x-9-9) <a href="#source-x-1-0">[8]</a> [7](#no-source-x) ![](#source-x-1-0)'
    asking.hear(forged)
    hrefs = page.locator("#documents-chat a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    own = page.locator("#documents-chat .message-bar[data-role=assistant]").get_attribute("data-message")
    assert hrefs
    assert all(re.fullmatch(rf"#(source-{own}-\d+-\d+|no-source-{own})", href) for href in hrefs)
    assert page.locator("#documents-chat .prose img").count() == 0


def test_nothing_found_is_said_and_the_nearest_are_shown(visit: Open) -> None:
    asking = Asking.over(visit("es"))
    reader = asking.reader
    asking.hear("¿Cromodinámica cuántica?")
    expect(asking.status).to_have_text(reader.say("app_status_not_found"))
    asking.do("found")
    expect(reader.page.locator(".found-view")).to_contain_text(reader.say("app_found_no"))
    expect(reader.page.locator(".fv-hit").first).to_be_visible()


def test_a_picture_that_cannot_be_drawn_is_text(visit: Open) -> None:
    reader = visit()
    reader.page.route("**/pages/*.png*", lambda route: route.abort())
    asking = Asking.over(reader)
    asking.hear(f"echo {MALLECO}")
    reader.page.locator(MARKS).first.click()
    expect(reader.page.locator(".sv-failed")).to_be_visible()
    expect(reader.page.locator(".sv-text mark")).to_contain_text(MALLECO)
    reader.faults.clear()  # the browser tells of the picture that was kept from it
