"""The boxes that hide personal data, in a real browser: from services, and in files."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page_faults import faults_in
from tests.page_reader import DESKTOP, PHONE, Open, Reader
from tests.panel_reader import uncover

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser
EMAIL = "ana.perez@ejemplo.cl"
TITLE = "Talk of today"  # the scripted model names every conversation so
VIEWS = pytest.mark.parametrize(("language", "size"), [("es", PHONE), ("en", DESKTOP)])


@VIEWS
def test_the_box_beside_the_model_is_kept_with_the_conversation(
    visit: Open, language: str, size: tuple[int, int]
) -> None:
    reader = visit(language, size)
    box = reader.open_panel("settings").locator("#hides-personal input")
    expect(reader.page.locator("#hides-personal")).to_contain_text(reader.say("app_hide_personal"))
    expect(box).not_to_be_checked()
    with reader.page.expect_response(lambda answer: "queue/data" in answer.url):
        box.check()
    assert faults_in(reader.page) == []
    expect(reader.page.locator("#conversation textarea, #conversation input").first).not_to_have_value("")
    reader.reload()
    box = reader.open_panel("settings").locator("#hides-personal input")
    expect(box).to_be_checked()


@VIEWS
def test_files_are_taken_away_without_personal_data(
    visit: Open, language: str, size: tuple[int, int], tmp_path: Path
) -> None:
    reader = visit(language, size)
    reader.hear(f"echo {EMAIL}")
    uncover(reader)
    assert EMAIL in download(reader, tmp_path)
    menu = reader.open_menu(TITLE)
    box = menu.get_by_role("menuitemcheckbox", name=reader.say("app_hide_in_files"))
    expect(box).to_have_attribute("aria-checked", "false")
    box.click()
    expect(box).to_have_attribute("aria-checked", "true")
    reader.page.keyboard.press("Escape")
    hidden = download(reader, tmp_path)
    assert EMAIL not in hidden
    assert f"[{reader.say('app_personal_email')}]" in hidden
    reader.reload()
    assert EMAIL not in download(reader, tmp_path), "the browser knows"


def download(reader: Reader, folder: Path) -> str:
    reader.open_side("sidebar")
    menu = reader.open_menu(TITLE)
    with reader.page.expect_download() as taken:
        menu.locator("a[data-format=md]").click()
    taken.value.save_as(folder / "file.md")
    return (folder / "file.md").read_text(encoding="utf-8")
