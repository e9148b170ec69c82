"""What is taken out of a conversation and brought back, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page_reader import DESKTOP, Open, Reader
from tests.panel_reader import TWO_VIEWS, VIEWS

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

TITLE = "Talk of today"  # the scripted model names every conversation so
ACTIONS = "#chat .bot-row + .message-buttons"


def download(reader: Reader, kind: str, folder: Path) -> Path:
    reader.open_side("sidebar")
    menu = reader.open_menu(TITLE)
    with reader.page.expect_download() as download:
        menu.locator(f"a[data-format={kind}]").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == f"Talk-of-today.{kind}"
    return file


def upload(reader: Reader, file: Path) -> None:
    reader.open_side("sidebar")
    with reader.page.expect_file_chooser() as chooser:
        reader.page.locator("#import").click()
    chooser.value.set_files(file)


@VIEWS
def test_a_conversation_leaves_and_comes_back(
    visit: Open, language: str, size: tuple[int, int], tmp_path: Path
) -> None:
    reader = visit(language, size)
    reader.ask("echo **one**")
    reader.expect_done()
    reader.do("again")
    expect(reader.page.locator(f"{ACTIONS} .place")).to_have_text("2/2")
    reader.expect_done()
    expect(reader.page.locator(".room-bar h1")).to_have_text(TITLE)
    markdown = download(reader, "md", tmp_path).read_text(encoding="utf-8")
    assert reader.say("app_file_user") in markdown
    assert "echo **one**" in markdown
    compile(download(reader, "py", tmp_path).read_text(encoding="utf-8"), "program", "exec")
    data = download(reader, "json", tmp_path)
    assert json.loads(data.read_text(encoding="utf-8"))["format"] == "tertulia.conversation"
    upload(reader, data)
    expect(reader.entries).to_have_count(2)
    if size != DESKTOP:
        reader.close_side("sidebar")
    expect(reader.questions).to_have_text("echo one")
    place = reader.page.locator(f"{ACTIONS} .place")
    expect(place).to_have_text("2/2")
    reader.page.locator(f"{ACTIONS} [data-act=version]").first.click()
    expect(place).to_have_text("1/2")
    expect(reader.answer).to_contain_text("one")


@TWO_VIEWS
def test_a_file_of_something_else_is_refused(visit: Open, language: str, size: tuple[int, int], tmp_path: Path) -> None:
    reader = visit(language, size)
    file = tmp_path / "other.json"
    file.write_text('{"messages": []}', encoding="utf-8")
    upload(reader, file)
    sentence = reader.say("error_import_not_ours")
    expect(reader.page.locator(".toast-wrap")).to_contain_text(sentence)
    expect(reader.entries).to_have_count(0)


@VIEWS
def test_the_whole_conversation_is_copied_and_printed(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size, permissions=["clipboard-read", "clipboard-write"])
    page = reader.page
    reader.hear("echo a < b")
    page.locator("[data-act=copy_all]").click()
    expect(reader.status).to_have_text(reader.say("app_copied_all"))
    page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('echo a < b')")
    page.emulate_media(media="print")
    for seen in ("#chat .user-row", "#chat .bot-row", ".room-bar h1"):
        expect(page.locator(seen)).to_be_visible()
    for unseen in ("#header", "#sidebar", "#panel", "#box", "#foot", "#fields", "#chat .message-buttons"):
        expect(page.locator(unseen).first).to_be_hidden()


@VIEWS
def test_what_was_liked_stays_so(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    reader.hear("echo one")
    like, dislike = (reader.page.locator(f"{ACTIONS} [data-act=rate]").nth(place) for place in (0, 1))
    like.click()
    expect(like).to_have_attribute("aria-pressed", "true")
    dislike.click()
    expect(dislike).to_have_attribute("aria-pressed", "true")
    expect(like).to_have_attribute("aria-pressed", "false")
    reader.reload()
    expect(dislike).to_have_attribute("aria-pressed", "true")
    dislike.click()
    expect(dislike).to_have_attribute("aria-pressed", "false")


def test_a_conversation_is_pinned_and_no_longer(visit: Open) -> None:
    reader = visit()
    reader.hear("echo one")
    expect(reader.entries).to_have_text(TITLE)
    group = reader.page.locator("#entries .group")
    reader.open_menu(TITLE).get_by_role("menuitem", name=reader.say("app_pin"), exact=True).click()
    expect(group).to_have_text(reader.say("app_group_pinned"))
    reader.open_menu(TITLE).get_by_role("menuitem", name=reader.say("app_unpin")).click()
    expect(group).to_have_text(reader.say("app_group_today"))
