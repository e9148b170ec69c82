"""What owners want remembered, in either database."""

from __future__ import annotations

import pytest

from errors import NoteNotFound
from storage.database import Database
from storage.notes import NoteStore

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def notes(database: Database) -> NoteStore:
    return NoteStore(database)


def test_notes_are_listed_oldest_first(notes: NoteStore) -> None:
    first, second = notes.add("ana", "I study botany"), notes.add("ana", "Answer in Spanish 🤖")
    assert notes.listed("ana") == (first, second)
    assert first.is_on


def test_a_note_changes_in_what_is_given(notes: NoteStore) -> None:
    note = notes.add("ana", "I study botany")
    assert not notes.change("ana", note.id, is_on=False).is_on
    changed = notes.change("ana", note.id, text="I study fungi")
    assert (changed.text, changed.is_on, changed.created_at) == ("I study fungi", False, note.created_at)
    assert notes.change("ana", note.id) == changed
    assert notes.listed("ana") == (changed,)


def test_a_deleted_note_is_gone(notes: NoteStore) -> None:
    note = notes.add("ana", "I study botany")
    notes.delete("ana", note.id)
    assert notes.listed("ana") == ()
    with pytest.raises(NoteNotFound):
        notes.delete("ana", note.id)


@pytest.mark.parametrize("is_unknown", [False, True])
def test_anothers_note_looks_like_none(notes: NoteStore, is_unknown: bool) -> None:
    note = notes.add("ana", "private")
    note_id = "\x00no such" if is_unknown else note.id
    with pytest.raises(NoteNotFound):
        notes.change("eve", note_id, text="mine")
    with pytest.raises(NoteNotFound):
        notes.change("eve", note_id)
    with pytest.raises(NoteNotFound):
        notes.delete("eve", note_id)
    assert notes.listed("eve") == ()
    assert notes.listed("ana") == (note,)


def test_any_text_is_taken(notes: NoteStore) -> None:
    assert notes.add("ana", "a\x00b\ud800").text == "a\ufffdb\ufffd"
