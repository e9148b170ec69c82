"""The line above a conversation with documents: its title, a new one, and the earlier ones of the collection."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components.catalogue import Catalogue
from components.icons import icon
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from storage.records import Conversation


def reading_bar(
    current: Conversation | None, earlier: Sequence[Conversation], catalogue: Catalogue, language: str
) -> str:
    """As HTML. ``earlier`` are those to choose from, the newest first; ``current`` None is one not begun yet."""
    text = LocalText(catalogue, language)
    title = shown_line(current.title) if current and current.title else ""
    heading = f'<h1 dir="auto">{title}</h1>' if title else '<span class="room-none"></span>'
    inside = (
        f"{_side('library', 'sidebar', 'app_toggle_library', 'to-left', text)}"
        f'<div class="whole">{heading}{_new(text) if current else ""}{_chooser(current, earlier, text)}</div>'
        f"{_side('sources', 'panel', 'app_toggle_sources', '', text)}"
    )
    return replaced_whole('class="room-bar" data-bridge="reading"', inside)


def _side(name: str, shape: str, key: str, kind: str, text: LocalText) -> str:
    label = text.html(key)
    return (
        f'<button type="button" class="tool {kind}" data-action="{name}" aria-controls="{name}" title="{label}" '
        f'aria-label="{label}">{icon(shape)}</button>'
    )


def _new(text: LocalText) -> str:
    name = text.html("app_reading_new")
    return (
        f'<button type="button" class="tool new-conversation" data-act="new" title="{name}" '
        f'aria-label="{name}">{icon("edit")}</button>'
    )


def _chooser(current: Conversation | None, earlier: Sequence[Conversation], text: LocalText) -> str:
    """Nothing where there is nothing to choose."""
    if not earlier:
        return ""
    name = text.html("app_reading_earlier", count=len(earlier))
    rows = "".join(_row(one, current is not None and one.id == current.id, text) for one in earlier)
    return (
        f'<details class="chooser"><summary title="{name}"><span class="hint">{name}</span>{icon("history")}'
        f'<b aria-hidden="true">{len(earlier)}</b></summary>'
        f'<ul aria-label="{name}">{rows}</ul></details>'
    )


def _row(conversation: Conversation, is_current: bool, text: LocalText) -> str:
    title = shown_line(conversation.title or text.say("app_reading_untitled"))
    identity = escape(conversation.id)
    delete = text.html("app_reading_delete", title=conversation.title)
    sure = text.html("app_reading_delete_sure", title=conversation.title)
    return (
        f'<li><button type="button" class="title" data-act="open" data-id="{identity}" '
        f'aria-current="{str(is_current).lower()}"><span dir="auto">{title}</span></button>'
        f'<button type="button" class="tool" data-act="delete" data-id="{identity}" data-sure="{sure}" '
        f'title="{delete}" aria-label="{delete}">{icon("delete")}</button></li>'
    )
