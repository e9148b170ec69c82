"""The Space and Evaluate tabs of the Documents room in a real browser."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.page_faults import faults_in
from tests.page_reader import DESKTOP, LOCALES, PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

RIVERS = " ".join(f"The river of day {day} is {7 * day} km long and goes by the sea." for day in range(60))
QUESTIONS = "question,answer,source\nHow long is the river of day 3?,21 km,The river of day 3 is 21 km\n"


def file(name: str, text: str) -> FilePayload:
    return FilePayload(name=name, mimeType="text/plain", buffer=text.encode())


@dataclass
class Measuring:
    """A reader with a document and one of the two tabs on top."""

    reader: Reader

    @classmethod
    def of(cls, reader: Reader, tab: str) -> Measuring:
        page = reader.page
        page.get_by_role("tab", name=reader.say("app_tab_documents")).click()
        if not page.locator("#library").is_visible():
            page.locator("#reading .to-left").click()
        expect(page.locator("#collection-chooser")).to_be_visible()
        page.locator("#library input[type=file]").set_input_files([file("rivers.txt", RIVERS)])
        expect(page.locator("#documents-list .doc-status.ready")).to_be_visible(timeout=30_000)
        if not page.locator("#sources").is_visible():
            page.keyboard.press("Escape")
            page.locator("#reading [data-action=sources]").click()
        page.locator(f"#sources-tabs [role=tab][data-tab-id={tab}]").click()
        return cls(reader)

    def at(self, selector: str) -> Locator:
        return self.reader.page.locator(selector)

    def ask_the_space(self) -> None:
        expect(self.at(".space-view")).to_be_visible(timeout=30_000)
        self.at("#space-question textarea").fill("How long is the river of day 3?")
        self.at("#space-question textarea").press("Enter")
        expect(self.at(".sp-star")).to_be_visible(timeout=30_000)

    def upload_questions(self) -> None:
        expect(self.at("#evaluate-questions .ev-note")).to_be_visible(timeout=30_000)
        self.at("#evaluate input[type=file]").set_input_files([file("questions.csv", QUESTIONS)])
        expect(self.at(".ev-questions li")).to_have_count(1, timeout=30_000)


def test_points_tell_what_they_are_by_mouse_and_keys_and_open_their_source(visit: Open) -> None:
    space = Measuring.of(visit(), "space")
    space.ask_the_space()
    card, page = space.at(".sp-card"), space.reader.page
    ring = space.at(".sp-ring").first.bounding_box()
    assert ring
    page.mouse.move(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    expect(card).to_contain_text("rivers.txt")
    expect(card).to_contain_text("cosine 0.")
    before = card.inner_text()
    space.at(".sp-picture").focus()
    for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    assert card.inner_text() != before or space.at(".sp-dots > *").count() == 1
    page.keyboard.press("Enter")
    expect(space.at(".source-view h3")).to_contain_text("rivers.txt", timeout=30_000)
    expect(space.at(".source-view mark")).not_to_be_empty()


def test_another_collection_has_a_space_of_its_own(visit: Open) -> None:
    space = Measuring.of(visit(), "space")
    expect(space.at(".space-view")).to_be_visible(timeout=30_000)
    space.at("#collection [data-act=create]").click()
    space.at("dialog.question input").fill("Thesis")
    space.at("dialog.question button.yes").click()
    expect(space.at("#space-plot")).to_have_text(space.reader.say("app_space_empty"), timeout=30_000)


def test_two_texts_are_compared(visit: Open) -> None:
    space = Measuring.of(visit("es"), "space")
    for name in ("first", "second"):
        space.at(f"#space-{name} textarea").fill("El Loa es largo.")
    space.at("#space-compare").click()
    expect(space.at(".sp-cosine b")).to_have_text("1,000", timeout=30_000)


def test_variants_are_measured_and_taken_away(visit: Open) -> None:
    evaluate = Measuring.of(visit(), "evaluate")
    evaluate.upload_questions()
    evaluate.at("#evaluate-run").click()
    expect(evaluate.at(".ev-table tbody tr")).to_have_count(3, timeout=60_000)
    expect(evaluate.at("#evaluate-status")).to_contain_text(evaluate.reader.say("app_evaluate_done", count=3))
    with evaluate.reader.page.expect_download() as download:
        evaluate.at("#evaluate-results a[download]").first.click()
    assert download.value.suggested_filename == "tertulia-results.csv"
    evaluate.at(".ev-questions [data-act=delete]").click()
    expect(evaluate.at(".ev-questions li")).to_have_count(0)


def test_proposals_can_be_stopped_and_all_questions_be_deleted(visit: Open) -> None:
    evaluate = Measuring.of(visit(), "evaluate")
    expect(evaluate.at("#evaluate-questions .ev-note")).to_be_visible(timeout=30_000)
    evaluate.at("#evaluate-num input[type=number]").fill("900")
    evaluate.at("#evaluate-propose").click()
    expect(evaluate.at(".ev-questions li").first).to_be_visible(timeout=30_000)
    expect(evaluate.at("#evaluate-propose")).to_be_visible(timeout=30_000)
    evaluate.at("#evaluate-questions [data-act=clear]").click()
    evaluate.at("dialog.question button.yes").click()
    expect(evaluate.at(".ev-questions")).to_have_count(0)


def test_a_rated_answer_is_listed_and_opened(visit: Open) -> None:
    evaluate = Measuring.of(visit(), "evaluate")
    page = evaluate.reader.page
    evaluate.at("#documents-box textarea").fill("Where does the river of day 3 go?")
    evaluate.at("#documents-box textarea").press("Enter")
    like = evaluate.at("#documents-chat .message-bar [data-act=rate][data-rating='1']").last
    expect(like).to_be_visible(timeout=30_000)
    like.click()
    expect(evaluate.at("#documents-chat .message-bar [data-act=rate][aria-pressed=true]")).to_have_count(1)
    page.locator("#reading .new-conversation").click()
    expect(evaluate.at("#documents-chat .message-row")).to_have_count(0)
    page.locator("#sources-tabs [role=tab][data-tab-id=study]").click()
    page.locator("#sources-tabs [role=tab][data-tab-id=evaluate]").click()
    evaluate.at(".ev-rated button").click()
    expect(evaluate.at("#documents-chat .user-row")).to_contain_text("river of day 3", timeout=30_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "size"), [("es", PHONE), ("en", DESKTOP)])
def test_both_tabs_can_be_read_and_touched(visit: Open, language: str, size: tuple[int, int], scheme: str) -> None:
    assert language in LOCALES
    is_phone = size == PHONE
    both = Measuring.of(visit(language, size, color_scheme=scheme, has_touch=is_phone, is_mobile=is_phone), "space")
    both.ask_the_space()
    both.at("#space-first textarea").fill("One")
    both.at("#space-second textarea").fill("Two")
    both.at("#space-compare").click()
    expect(both.at(".sp-cosine")).to_be_visible(timeout=30_000)
    found = {"space": faults_in(both.reader.page)}
    both.at("#sources-tabs [role=tab][data-tab-id=evaluate]").click()
    both.upload_questions()
    both.at("#evaluate-write > button").click()
    both.at("#evaluate-with-answers input").check()
    both.at("#evaluate-run").click()
    expect(both.at(".ev-table tbody tr")).to_have_count(3, timeout=60_000)
    expect(both.at("#evaluate-run")).to_be_visible(timeout=30_000)
    found["evaluate"] = faults_in(both.reader.page)
    assert {place: faults for place, faults in found.items() if faults} == {}
