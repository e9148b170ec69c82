"""Prompt templates, chosen, filled, changed and handed on in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.page_reader import Open, Reader
from tests.panel_reader import TWO_VIEWS, VIEWS, in_panel, prompt_of, uncover

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser


def use(reader: Reader, name: str) -> None:
    """Choose a template of the library and go back to the room."""
    with in_panel(reader, "templates"):
        choice = reader.page.locator(f"#use-{name}")
        choice.click()
        expect(choice).to_have_attribute("aria-current", "true")


def field(reader: Reader, name: str) -> Locator:
    return reader.page.locator(f".pn-editor [data-field={name}]")


def own(reader: Reader) -> Locator:
    return reader.page.locator(".template-panel [data-own] .pn-choice")


@VIEWS
def test_a_template_that_asks_no_question(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    page = reader.page
    use(reader, "joke")
    expect(reader.box).to_be_hidden()
    page.locator("#field-content").fill("long cats")
    page.locator("#fields-send").click()
    expect(reader.questions).to_contain_text("long cats")
    expect(reader.stop).to_be_visible()
    expect(page.locator("#fields-send")).to_be_hidden()
    reader.stop.click()
    expect(reader.answer).to_contain_text(reader.say("app_mark_stopped"))
    expect(page.locator("#fields-send")).to_be_visible()
    page.locator("#fields-leave").click()
    expect(reader.box).to_be_visible()
    expect(page.locator("#fields")).not_to_contain_text(reader.say("app_template_leave"))


@TWO_VIEWS
def test_examples_are_shown_to_the_model(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    use(reader, "sentiment")
    reader.hear("echo tea")
    with prompt_of(reader) as prompt:
        expect(prompt.locator(".p-examples").first).to_contain_text(re.compile("playing World|jugar wow", re.I))
    reader.page.locator("#fields-leave").click()
    expect(reader.page.locator("#fields-leave")).to_have_count(0)
    reader.hear("echo milk")
    with prompt_of(reader) as prompt:
        expect(prompt.locator(".p-question")).to_contain_text("echo milk")
        expect(prompt.locator(".p-examples")).to_have_count(0)
    with in_panel(reader, "settings"):  # what the template had set went with it
        expect(reader.page.locator("#setting-temperature input[type=number]")).to_have_value("0.6")


def test_the_steps_of_a_chain_are_folds_above_the_answer(visit: Open) -> None:
    reader = visit("es")
    use(reader, "analyse_plan_solve")
    reader.hear("¿Cuánto es dos y dos?")
    folds = reader.page.locator("#chat .thought-group")
    expect(folds).to_have_count(2)
    expect(folds.first).to_contain_text(reader.say("app_step", number=1, name=""))
    reader.open_panel("glass")
    reader.do("glass")
    expect(reader.page.locator("#glass details[data-fold=prompt] .gb-run")).to_have_count(3)


def test_fields_are_filled_beside_the_question(visit: Open) -> None:
    reader = visit()
    use(reader, "doctor")
    reader.page.locator("#field-context").fill("Tea helps.")
    reader.hear("What helps?")
    expect(reader.questions).to_contain_text("Tea helps.")


@VIEWS
def test_a_template_is_kept_as_mine(visit: Open, language: str, size: tuple[int, int], tmp_path: Path) -> None:
    reader = visit(language, size)
    page = reader.page
    use(reader, "sentiment")
    with in_panel(reader, "templates"):
        page.locator("#template-inside").click()
        expect(field(reader, "system")).not_to_have_value("")
        expect(page.locator("[data-rows=examples] li")).to_have_count(5)
        field(reader, "name").fill("My moods")
        page.locator("#template-examples-add").click()
        page.locator("#template-examples-5-question").fill("What a rainy day")
        page.locator("#template-examples-5-answer").fill("wet")
        page.locator("#template-save").click()
        expect(own(reader)).to_contain_text("My moods")
        own(reader).click()
        expect(own(reader)).to_have_attribute("aria-current", "true")
        expect(field(reader, "name")).to_have_value("My moods")
    reader.hear("echo snow")
    with prompt_of(reader) as prompt:
        expect(prompt.locator(".p-examples").filter(has_text="rainy")).to_have_count(1)
    with in_panel(reader, "templates"), page.expect_download() as download:
        page.locator(".pn-editor a[download]").click()
    file = tmp_path / "mine.yaml"
    download.value.save_as(file)
    assert "What a rainy day" in file.read_text(encoding="utf-8")
    with in_panel(reader, "templates"):
        delete = page.locator(".pn-editor .pn-delete")
        delete.click()
        expect(delete).to_have_text(reader.say("app_template_delete_sure"))
        delete.click()
        expect(own(reader)).to_have_count(0)
        page.locator("#template-import").set_input_files(file)
        expect(own(reader)).to_contain_text("My moods")


@TWO_VIEWS
def test_a_broken_file_of_templates_is_refused(
    visit: Open, language: str, size: tuple[int, int], tmp_path: Path
) -> None:
    reader = visit(language, size)
    file = tmp_path / "broken.yaml"
    file.write_text("templates: [", encoding="utf-8")
    reader.open_panel("templates")
    reader.page.locator("#template-import").set_input_files(file)
    sentence = reader.say("error_template_invalid", place="YAML 1")
    expect(reader.page.locator(".toast-wrap")).to_contain_text(sentence)
    expect(own(reader)).to_have_count(0)
    uncover(reader)
    expect(reader.status).to_have_text(sentence)
