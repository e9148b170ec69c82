"""The library of the Documents room in a real browser."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.page_faults import faults_in
from tests.page_reader import DESKTOP, LOCALES, PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

DROP = """(names) => {
  const files = new DataTransfer();
  for (const name of names) files.items.add(new File(["Something about " + name], name, {type: "text/plain"}));
  for (const type of ["dragover", "drop"])
    document.querySelector("#documents-chat").dispatchEvent(
      new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: files}));
}"""


def file(name: str, text: str) -> FilePayload:
    return FilePayload(name=name, mimeType="text/plain", buffer=text.encode())


@dataclass
class Library:
    """A reader in the Documents room, with the library in sight."""

    reader: Reader

    @classmethod
    def of(cls, reader: Reader) -> Library:
        reader.page.get_by_role("tab", name=reader.say("app_tab_documents")).click()
        if not reader.page.locator("#library").is_visible():
            reader.page.locator("#reading [data-action=library]").click()
        expect(reader.page.locator("#collection-chooser")).to_be_visible()
        return cls(reader)

    @property
    def rows(self) -> Locator:
        return self.reader.page.locator("#documents-list .doc")

    def row(self, name: str) -> Locator:
        return self.rows.filter(has_text=name)

    def upload(self, *files: FilePayload) -> None:
        self.reader.page.locator("#library input[type=file]").set_input_files(list(files))

    def add(self, name: str = "rivers.txt", text: str = "The Loa is long.") -> Locator:
        """A document that is ready."""
        self.upload(file(name, text))
        row = self.row(name)
        expect(row.locator(".doc-status.ready")).to_be_visible(timeout=30_000)
        return row

    def tool(self, action: str) -> Locator:
        return self.reader.page.locator(f"#collection [data-act={action}]")

    def answer(self, *, says_yes: bool = True, name: str = "") -> None:
        """Answer the question over the page."""
        question = self.reader.page.locator("dialog.question")
        if name:
            question.locator("input").fill(name)
        question.locator("button.yes" if says_yes else "button:not(.yes)").click()
        expect(question).to_have_count(0)

    @property
    def chosen(self) -> str:
        return str(self.reader.page.evaluate("tertulia.chosen()"))


def test_the_empty_library_teaches_by_examples(visit: Open) -> None:
    library = Library.of(visit("es"))
    library.reader.page.get_by_role("button", name=library.reader.say("app_sample_n_grams")).click()
    row = library.row("Modelos de n-gramas")
    expect(row.locator(".doc-status.ready")).to_be_visible(timeout=30_000)
    expect(row).to_contain_text(library.reader.say("app_document_language_es"))
    library.reader.reload()
    expect(Library.of(library.reader).rows).to_have_count(1)


def test_a_reload_stays_in_the_room(visit: Open) -> None:
    library = Library.of(visit("es"))
    library.add()
    library.reader.come_back()
    expect(library.row("rivers.txt")).to_be_visible(timeout=30_000)
    expect(library.reader.page.locator("#chat-room")).to_be_hidden()


def test_each_file_that_is_refused_is_named_and_the_others_come_in(visit: Open) -> None:
    library = Library.of(visit())
    library.reader.page.evaluate("document.querySelector('.library-limits').dataset.maxBytes = 1000")
    library.upload(file("a.txt", "One."), file("empty.txt", ""), file("large.txt", "x" * 1_001), file("b.txt", "Two."))
    expect(library.rows).to_have_count(2)
    expect(library.reader.page.locator("#library-status [role=alert]")).to_contain_text("empty.txt")
    expect(library.reader.page.locator("#library-large")).to_have_text(
        library.reader.say("app_library_too_large", name="large.txt", limit=20)
    )


def test_files_can_be_dropped_anywhere_in_the_room(visit: Open) -> None:
    library = Library.of(visit())
    library.reader.page.evaluate(DROP, ["one.txt", "two.txt"])
    expect(library.rows).to_have_count(2)
    expect(library.reader.page.locator(".dropping")).to_have_count(0)


def test_progress_is_watched_to_its_end_and_can_be_stopped(visit: Open) -> None:
    library = Library.of(visit())
    library.upload(file("long.txt", "This is slow. " * 2_000))
    row = library.row("long.txt")
    expect(row.locator("progress")).to_be_visible(timeout=30_000)
    expect(row.locator(".doc-status")).to_contain_text(re.compile(r"chunk \d+ of \d+ · "), timeout=30_000)
    row.locator("[data-act=cancel]").click()
    expect(row.locator(".doc-status.failed")).to_have_text(
        library.reader.say("error_document_cancelled", name="long.txt"), timeout=30_000
    )
    library.add("short.txt")


def test_only_the_documents_that_are_ticked_are_asked(visit: Open) -> None:
    library = Library.of(visit())
    library.add("one.txt", "One.")
    row = library.add("two.txt", "Two.")
    assert library.chosen == "[]"
    row.locator("input[type=checkbox]").check()
    identity = row.get_attribute("data-document")
    assert library.chosen == f'["{identity}"]'
    line = library.reader.page.locator(".docs-chosen")
    expect(line).to_contain_text(library.reader.say("app_documents_chosen", count=1, total=2))
    library.add("three.txt", "Three.")
    assert library.chosen == f'["{identity}"]'
    expect(library.row("two.txt").locator("input")).to_be_checked()
    line.locator("button").click()
    expect(line).to_be_hidden()
    assert library.chosen == "[]"


def test_a_document_is_deleted_after_one_question(visit: Open) -> None:
    library = Library.of(visit())
    library.add("one.txt", "One.")
    row = library.add("two.txt", "Two.")
    row.locator("[data-act=delete]").click()
    library.answer(says_yes=False)
    expect(row.locator("[data-act=delete]")).to_be_focused()
    row.locator("[data-act=delete]").click()
    library.answer()
    expect(library.rows).to_have_count(1)
    library.row("one.txt").locator("[data-act=reindex]").click()
    expect(library.row("one.txt").locator(".doc-status.ready")).to_be_visible(timeout=30_000)


def test_collections_by_keyboard(visit: Open) -> None:
    library = Library.of(visit())
    page = library.reader.page
    library.add()
    library.tool("create").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Thesis")
    page.keyboard.press("Enter")
    chooser = page.locator("#collection-chooser")
    expect(chooser.locator("option:checked")).to_have_text("Thesis")
    expect(library.rows).to_have_count(0)
    library.tool("rename").click()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.question")).to_have_count(0)
    expect(page.locator("#library")).to_be_visible()
    library.tool("rename").click()
    library.answer(name="<b>Notes</b>")
    expect(chooser.locator("option:checked")).to_have_text("<b>Notes</b>")
    library.reader.reload()
    Library.of(library.reader)
    expect(chooser.locator("option:checked")).to_have_text("<b>Notes</b>")
    library.tool("delete_collection").click()
    library.answer()
    expect(chooser.locator("option:checked")).to_have_text(library.reader.say("app_collection_default"))
    expect(library.rows).to_have_count(1)


def test_addresses_that_are_refused_are_named(visit: Open) -> None:
    library = Library.of(visit())
    library.reader.page.locator("#add-addresses summary").click()
    library.reader.page.locator("#addresses-text").fill("http://localhost/\nhttp://10.0.0.1/")
    library.reader.page.locator("#addresses-form button").click()
    expect(library.reader.page.locator("#library-status li")).to_have_count(2)


def test_other_chunks_index_everything_again(visit: Open) -> None:
    library = Library.of(visit())
    row = library.add(text="The Loa is long and dry. " * 40)
    expect(row).to_contain_text(re.compile(r"\b[23] chunks"))
    library.reader.page.locator("#collection-settings > button").click()
    library.reader.page.locator("#chunk-size input[type=number]").fill("200")
    library.reader.page.locator("#chunk-size input[type=number]").press("Enter")
    expect(library.reader.page.locator("#chunk-size input[type=range]")).to_have_value("200")
    library.reader.page.locator("#collection-apply").click()
    expect(row).to_contain_text(re.compile(r"\b[5-9] chunks"), timeout=30_000)
    expect(library.reader.page.locator("#library-status")).to_contain_text(library.reader.say("app_collection_applied"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", LOCALES)
def test_the_library_can_be_read_and_touched(visit: Open, language: str, size: tuple[int, int], scheme: str) -> None:
    is_phone = size == PHONE
    library = Library.of(visit(language, size, color_scheme=scheme, has_touch=is_phone, is_mobile=is_phone))
    page = library.reader.page
    found = {"empty": faults_in(library.reader.page)}
    library.upload(file("broken.txt", "broken"), file("empty.txt", ""), file(f"{'x' * 90} y.txt", "One."))
    expect(page.locator(".doc-status.failed")).to_be_visible(timeout=30_000)
    library.rows.last.locator("input").check()
    page.locator("#add-addresses summary").click()
    page.locator("#collection-settings > button").click()
    expect(page.locator("#collection-apply")).to_be_visible()
    found["full"] = faults_in(library.reader.page)
    library.tool("delete_collection").click()
    found["question"] = faults_in(library.reader.page)
    page.keyboard.press("Escape")
    if is_phone:
        page.keyboard.press("Escape")
        expect(page.locator("#library")).to_be_hidden()
        page.locator("#reading [data-action=sources]").click()
        expect(page.locator("#sources")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#sources")).to_be_hidden()
        expect(page.locator("#reading [data-action=sources]")).to_be_focused()
    assert {place: faults for place, faults in found.items() if faults} == {}
