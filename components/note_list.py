"""What a reader wants remembered, as HTML: the notes, and the offer to keep one. ``assets/panel.js`` goes along."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components.catalogue import Catalogue
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from storage.records import Note

MAX_NOTE_CHARACTERS = 300


def note_list(notes: Sequence[Note], catalogue: Catalogue, language: str) -> str:
    """``notes`` in the order given, each with a switch and its text in a field, and a line to add one."""
    text = LocalText(catalogue, language)
    entries = "".join(_entry(note, text) for note in notes)
    listed = f"<ul>{entries}</ul>" if notes else f'<p class="pn-note">{text.html("app_notes_none")}</p>'
    return replaced_whole(
        f'class="note-list" lang="{escape(language)}"',
        f'<p class="pn-note">{text.html("app_notes_what")}</p>'
        f'<form class="pn-add-note"><label class="sr-only" for="note-new">{text.html("app_note_new")}</label>'
        f'<input type="text" id="note-new" dir="auto" maxlength="{MAX_NOTE_CHARACTERS}" autocomplete="off" '
        f'placeholder="{text.html("app_note_new")}">'
        f'<button class="pn-button">{text.html("app_note_add")}</button></form>{listed}',
    )


def note_offer(text: str, catalogue: Catalogue, language: str) -> str:
    """Asks whether ``text`` should be remembered."""
    words = LocalText(catalogue, language)
    return (
        f'<div class="note-offer" role="group" aria-label="{words.html("app_note_offer")}">'
        f'<span class="pn-offer">{words.html("app_note_offer")} <q dir="auto">{shown_line(text)}</q></span>'
        f'<button type="button" class="pn-button" data-act="note_add" data-text="{escape(text)}">'
        f"{words.html('app_note_yes')}</button>"
        f'<button type="button" class="pn-button" data-act="note_refuse">{words.html("app_note_no")}</button></div>'
    )


def _entry(note: Note, text: LocalText) -> str:
    identity = escape(note.id)
    shown = shown_line(note.text)
    return (
        f'<li class="pn-row" data-on="{str(note.is_on).lower()}">'
        f'<textarea rows="1" id="note-{identity}" data-note="{identity}" data-keep="note-{identity}" dir="auto" '
        f'maxlength="{MAX_NOTE_CHARACTERS}" aria-label="{text.html("app_note_text")}">\n{escape(note.text)}</textarea>'
        f'<button type="button" role="switch" class="pn-switch" id="switch-{identity}" data-act="note_change" '
        f'data-id="{identity}" aria-checked="{str(note.is_on).lower()}" '
        f'aria-label="{text.html("app_note_use")}: {shown}" title="{text.html("app_note_use")}"><i></i></button>'
        f'<button type="button" class="pn-quiet pn-delete" data-act="note_delete" data-id="{identity}" '
        f'aria-label="{text.html("app_note_delete")}: {shown}">{text.html("app_note_delete")}</button></li>'
    )
