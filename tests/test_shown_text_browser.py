"""Hostile texts in a real browser, letter by letter: they are never more than text, in no room and in no state."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, expect

from tests.dripping import DRIP, DROPS
from tests.odd_elements import COUNT_STATES, NOTE_ODD, odd_in
from tests.page_reader import Open, Reader
from tests.test_agent_browser import AgentReader
from tests.test_documents_browser import Library
from tests.test_documents_reading_browser import Asking

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

NAME = "<img src=x onerror=alert(1)> ![a](https:evil.example) \u202egpj.txt"
PASSAGE = (
    "The Loa is long. <script>alert(1)</script> ![x](https://evil.example/a.png) <form><input></form> "
    "[y](javascript:alert(1)) <img src=x onerror=alert(1)> \\(\\href{javascript:alert(1)}{x}\\)"
)
WINDOWS = """() => {
  window.alert = window.confirm = window.prompt = () => { throw Error("a hostile text ran"); };
}"""


def watched(visit: Open) -> Reader:
    """A reader whose page tells whatever appears in it."""
    reader = visit()
    reader.page.evaluate(WINDOWS)
    reader.page.evaluate(NOTE_ODD)
    return reader


def expect_whole(reader: Reader, chat: str) -> None:
    """The last answer has its code, table and formulas."""
    answer = reader.page.locator(f"{chat} .bot-row").last
    expect(answer.locator("pre code")).to_contain_text("if a < b:  # <b> ![x](http://evil.example)")
    expect(answer.locator("td")).to_contain_text(["Loa", "440"])  # Documents adds that no source says so
    expect(answer.locator(".katex")).to_have_count(2)
    expect(answer.locator(".katex-error")).to_have_count(0)


def test_a_hostile_answer_in_the_chat_is_text_in_every_state(visit: Open) -> None:
    reader = watched(visit)
    reader.page.evaluate(COUNT_STATES, "#chat")
    found = {}
    for number in range(len(DROPS) + 1):
        reader.ask(f"{DRIP}{number}")
        expect(reader.questions).to_have_count(1)
        reader.expect_done()
        if odd := odd_in(reader.page):
            found[number] = odd
        if number == len(DROPS):
            expect_whole(reader, "#chat")
        elif number + 1 < len(DROPS) or number:
            reader.page.locator("#new").click()
            expect(reader.page.locator("#chat .message-row")).to_have_count(0)
    assert found == {}
    assert reader.page.evaluate("numStates") > 10 * len(DROPS)


def test_hostile_names_and_passages_of_documents_are_text(visit: Open) -> None:
    reader = watched(visit)
    asking = Asking(reader)
    library = Library.of(reader)
    library.upload(FilePayload(name=NAME, mimeType="text/plain", buffer=PASSAGE.encode()))
    expect(library.rows.locator(".doc-status.ready")).to_be_visible(timeout=60_000)
    found = {"library": odd_in(reader.page)}
    for number in (0, len(DROPS) - 1, len(DROPS) - 2, len(DROPS)):
        asking.ask(f"{DRIP}{number} The Loa is long.")
        asking.expect_done()
        found[str(number)] = odd_in(reader.page)
    expect_whole(reader, "#documents-chat")
    asking.hear("echo The Loa is long.")
    reader.page.locator('#documents-chat a[href^="#source-"]').last.click()
    expect(reader.page.locator(".sv-text mark").first).to_be_visible()
    found["source"] = odd_in(reader.page)
    assert {place: odd for place, odd in found.items() if odd} == {}


def test_whatever_the_agent_reads_is_text(visit: Open) -> None:
    reader = watched(visit)
    agent = AgentReader.over(reader)
    found = {}
    for number in (0, 3, len(DROPS) - 1, len(DROPS)):
        agent.ask(f"{DRIP}{number}")
        expect(reader.page.locator("#agent-box .submit-button")).to_be_visible(timeout=60_000)
        expect(reader.page.locator("#agent-chat .message-bar[inert]")).to_have_count(0, timeout=30_000)
        if odd := odd_in(reader.page):
            found[number] = odd
    expect_whole(reader, "#agent-chat")
    assert found == {}
