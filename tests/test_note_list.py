"""The list of notes, and the offer to keep one."""

from __future__ import annotations

import pytest

from components.catalogue import LANGUAGES, Catalogue
from components.note_list import note_list, note_offer
from storage.records import Note
from tests.html_reader import read_html

HOSTILE = "</textarea><img src=x onerror=alert(1)>\"'&\u202e"
catalogue = Catalogue.load()


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_notes_the_list_shows_what_one_is(language: str) -> None:
    html = read_html(note_list((), catalogue, language))
    assert "Ignacio" in html.text
    assert html.one(for_="note-new").text == catalogue.text(language, "app_note_new")


def test_each_note_can_be_changed_turned_off_and_deleted() -> None:
    notes = (Note("I live in Lima", id="n1"), Note("I am a nurse", is_on=False, id="n2"))
    html = read_html(note_list(notes, catalogue, "en"))
    assert [html.one(data_note=note.id).text.strip() for note in notes] == [note.text for note in notes]
    switches = html.all(role="switch")
    assert [switch.attributes["aria-checked"] for switch in switches] == ["true", "false"]
    assert [switch.attributes["data-id"] for switch in switches] == ["n1", "n2"]
    assert [button.attributes["data-id"] for button in html.all(data_act="note_delete")] == ["n1", "n2"]


def test_what_can_be_done_says_with_which_note() -> None:
    html = read_html(note_list((Note("I live in Lima", id="n1"),), catalogue, "en"))
    for button in (html.one(role="switch"), html.one(data_act="note_delete")):
        assert "I live in Lima" in button.attributes["aria-label"]


def test_markup_in_a_note_is_text() -> None:
    html = read_html(note_list((Note(HOSTILE, id=HOSTILE),), catalogue, "en"))
    plain = read_html(note_list((Note("plain", id="n1"),), catalogue, "en"))
    assert html.tags()[1:] == plain.tags()[1:]  # the first is named after what is in it
    assert html.one(data_note=HOSTILE).text == f"\n{HOSTILE}"
    assert "\u202e" not in html.one(role="switch").attributes["aria-label"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_offer_shows_what_would_be_kept(language: str) -> None:
    html = read_html(note_offer(HOSTILE, catalogue, language))
    assert html.one(data_act="note_add").attributes["data-text"] == HOSTILE
    assert html.one(data_act="note_refuse").text == catalogue.text(language, "app_note_no")
    assert HOSTILE.replace("\u202e", "") in html.text
