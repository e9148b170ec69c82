"""What the model is given of a conversation, and what it is told in every one, chosen in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.page_events import kept
from tests.page_reader import Open, Reader
from tests.panel_reader import VIEWS, in_panel, kind_of_memory, prompt_of

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser
REWRITTEN = "We spoke of every fruit in the orchard, one after the other."


def part(prompt: Locator, name: str) -> Locator:
    return prompt.locator(f".p-{name}")


def notes(reader: Reader) -> Locator:
    return reader.page.locator("#notes [data-note]")


def add_note(reader: Reader, text: str) -> None:
    before = notes(reader).count()
    field = reader.page.locator("#note-new")
    field.fill(text)
    field.press("Enter")
    expect(notes(reader)).to_have_count(before + 1)
    expect(field).to_have_value("")


@VIEWS
def test_how_much_of_the_conversation_the_model_is_given(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    for fruit in ("apple", "pear"):
        reader.hear(f"echo my {fruit}")
    with in_panel(reader, "memory"):
        kind_of_memory(reader, "window")
        with kept(reader.page):
            reader.page.locator("#memory-turns input[type=range]").press("Home")
        expect(reader.page.locator("#memory-turns input[type=number]")).to_have_value("1")
    reader.hear("echo my plum")
    with prompt_of(reader) as prompt:
        expect(part(prompt, "history").first).to_contain_text("echo my pear")
        expect(prompt).not_to_contain_text("apple")
        expect(part(prompt, "question")).to_contain_text("echo my plum")
    with in_panel(reader, "memory"):
        kind_of_memory(reader, "none")
    reader.hear("echo my fig")
    with prompt_of(reader) as prompt:
        expect(part(prompt, "question")).to_contain_text("echo my fig")
        expect(part(prompt, "history")).to_have_count(0)
    reader.reload()
    with in_panel(reader, "memory"):
        expect(reader.page.locator("#memory input[value=none]")).to_be_checked()
    reader.begin_another()
    with in_panel(reader, "memory"):
        expect(reader.page.locator("#memory input[value=everything]")).to_be_checked()


def test_the_summary_made_in_the_background_can_be_rewritten(visit: Open) -> None:
    reader = visit()
    with in_panel(reader, "memory"):
        kind_of_memory(reader, "summary")
    summary = reader.page.locator("#memory-summary textarea")
    with kept(reader.page):  # what is still being shown would take the place of what is typed
        for fruit in ("apple", "pear", "plum"):
            reader.hear("echo " + f"{fruit} " * 250)
        expect(summary).to_have_value("Talk of today")
    with kept(reader.page, REWRITTEN):
        summary.click()
        summary.fill(REWRITTEN)
    reader.hear("echo which ones")
    with prompt_of(reader) as prompt:
        expect(part(prompt, "summary").last).to_contain_text("We spoke of every fruit")
        expect(part(prompt, "history").first).to_contain_text("pear")
        expect(prompt).not_to_contain_text("apple")
    reader.reload()
    with in_panel(reader, "memory"):
        expect(summary).to_have_value(REWRITTEN)


def test_names_make_a_transcript_of_the_conversation(visit: Open) -> None:
    reader = visit("es")
    reader.hear("echo one")
    with in_panel(reader, "memory"):
        for name, value in {"human": "Ana", "ai": "Clerk"}.items():
            with kept(reader.page):
                reader.page.locator(f"#{name}-name textarea").fill(value)
    reader.ask("and now?")
    expect(reader.questions).to_have_count(2)
    reader.expect_done()
    with prompt_of(reader) as prompt:
        expect(prompt).to_contain_text("Ana: echo one")
        expect(prompt).to_contain_text("Clerk: one")
        expect(prompt).to_contain_text("Ana: and now?")


@VIEWS
def test_notes_are_told_while_they_are_on(visit: Open, language: str, size: tuple[int, int]) -> None:
    reader = visit(language, size)
    with in_panel(reader, "notes"):
        expect(reader.page.locator("#notes")).to_contain_text(reader.say("app_notes_none"))
        add_note(reader, "I like tea")
        add_note(reader, "I live by the sea")
        notes(reader).first.fill("I like coffee")
        notes(reader).first.press("Enter")
        switch = reader.page.locator("#notes [role=switch]")
        expect(switch.first).to_have_attribute("aria-label", f"{reader.say('app_note_use')}: I like coffee")
        switch.last.click()
        expect(switch.last).to_have_attribute("aria-checked", "false")
    reader.hear("echo hello")
    with prompt_of(reader) as prompt:
        expect(part(prompt, "notes")).to_contain_text("I like coffee")
        expect(prompt).not_to_contain_text("tea")
        expect(prompt).not_to_contain_text("sea")
    with in_panel(reader, "notes"):
        reader.page.locator("#notes [data-act=note_delete]").first.click()
        expect(notes(reader)).to_have_count(1)
        expect(notes(reader)).to_have_value("I live by the sea")
        reader.page.locator("#notes [role=switch]").click()
        expect(reader.page.locator("#notes [role=switch]")).to_have_attribute("aria-checked", "true")
    reader.begin_another()
    reader.hear("echo hello again")
    with prompt_of(reader) as prompt:
        expect(part(prompt, "notes")).to_contain_text("I live by the sea")
        expect(prompt).not_to_contain_text("coffee")


def test_a_conversation_may_do_without_the_notes(visit: Open) -> None:
    reader = visit()
    reader.open_panel("notes")
    add_note(reader, "I like tea")
    reader.open_panel("memory")
    with kept(reader.page):
        reader.page.get_by_label(reader.say("app_uses_notes")).uncheck()
    reader.hear("echo hello")
    with prompt_of(reader) as prompt:
        expect(part(prompt, "question")).to_contain_text("echo hello")
        expect(part(prompt, "notes")).to_have_count(0)


def test_a_message_is_noted_and_a_fact_is_offered(visit: Open) -> None:
    reader = visit("es")
    reader.hear("echo cien años de soledad")
    reader.questions.hover()
    reader.do("note")
    expect(reader.status).to_have_text(reader.say("app_note_kept"))
    offer = reader.page.locator("#offer .note-offer")
    reader.hear("Me llamo Ana. echo hola")
    expect(offer).to_contain_text("Me llamo Ana")
    offer.get_by_role("button", name=reader.say("app_note_no"), exact=True).click()
    expect(offer).to_have_count(0)
    reader.hear("Vivo en Lima.")
    expect(offer).to_contain_text("Vivo en Lima")
    offer.get_by_role("button", name=reader.say("app_note_yes")).click()
    expect(offer).to_have_count(0)
    reader.open_panel("notes")
    expect(notes(reader)).to_have_count(2)
    for place, text in enumerate(("echo cien años de soledad", "Vivo en Lima")):
        expect(notes(reader).nth(place)).to_have_value(text)
