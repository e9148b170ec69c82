"""The list of conversations beside the room, as HTML; ``assets/conversation_list.js`` opens its menu and renames."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from components.catalogue import Catalogue
from components.icons import icon
from safety.shown_text import INVISIBLE
from storage.records import Conversation

MAX_TITLE_CHARACTERS = 200
DAYS_OF_A_WEEK = 7
LEFT_SIDES = ("sidebar", "library", "agent-sidebar")
AGENT = "agent-"  # what the ids of that room begin with; the Chat room's have nothing before them
EXPORTS = {"md": "app_export_markdown", "json": "app_export_json", "py": "app_export_python"}


def conversation_list(
    conversations: Sequence[Conversation],
    current_id: str | None,
    now: datetime,
    catalogue: Catalogue,
    language: str,
    search: str = "",
) -> str:
    """``conversations`` in the order given, under the days they were last used; days are those of ``now``'s zone.

    One menu serves all entries, so that a long list stays light. The list says what was searched for: a script sees
    by it when a list was overtaken by a newer search.
    """
    parts = _Parts(catalogue, language)
    searched = f'data-searched="{escape(search)}"'
    if not conversations:
        return parts.nothing(search, searched)
    groups: dict[str, list[str]] = {}
    for conversation in conversations:
        entry = parts.entry(conversation, conversation.id == current_id)
        groups.setdefault(parts.group(conversation, now), []).append(entry)
    lists = (
        f'<section><h2 class="group">{escape(name)}</h2><ul>{"".join(entries)}</ul></section>'
        for name, entries in groups.items()
    )
    name = escape(catalogue.text(language, "app_conversations"))
    return f'<nav class="conversations" {searched} aria-label="{name}">{"".join(lists)}</nav>{parts.menu()}'


def deleted_note(conversation: Conversation, catalogue: Catalogue, language: str) -> str:
    """Says what was deleted, and offers to bring it back."""
    title = shown_title(conversation, catalogue, language)
    sentence = escape(catalogue.text(language, "app_deleted", title=title))
    undo = escape(catalogue.text(language, "app_undo_delete"))
    return (
        f'<div class="deleted" role="status"><span dir="auto">{sentence}</span>'
        f'<button type="button" data-act="restore" data-id="{escape(conversation.id)}">{undo}</button></div>'
    )


def room_bar(conversation: Conversation | None, catalogue: Catalogue, language: str, prefix: str = "") -> str:
    """The line above a conversation: its title, what can be done with all of it, and the way to both sides.

    ``prefix`` is what the ids of the room's parts begin with.
    """
    whole = ""
    if conversation is not None:
        copy = escape(catalogue.text(language, "app_copy_all"))
        paper = escape(catalogue.text(language, "app_print"))
        whole = (
            f'<h1 dir="auto">{escape(shown_title(conversation, catalogue, language))}</h1>'
            f'<button type="button" class="tool" data-act="copy_all" title="{copy}" aria-label="{copy}">'
            f"{icon('copy')}</button>"
            f'<button type="button" class="tool" data-action="print" title="{paper}" aria-label="{paper}">'
            f"{icon('print')}</button>"
        )
    sides = [side_toggle(f"{prefix}{side}", catalogue, language) for side in ("sidebar", "panel")]
    bridge = f' data-bridge="{prefix.removesuffix("-")}"' if prefix else ""
    return f'<div class="room-bar"{bridge}>{sides[0]}<div class="whole">{whole}</div>{sides[1]}</div>'


def shown_title(conversation: Conversation, catalogue: Catalogue, language: str) -> str:
    """The title on one line, without what cannot be seen; it may hold markup and is not escaped."""
    title = " ".join(INVISIBLE.sub("", conversation.title).split())
    return title[:MAX_TITLE_CHARACTERS] or catalogue.text(language, "app_new_conversation")


def side_toggle(side: str, catalogue: Catalogue, language: str) -> str:
    """Opens and closes a side of a room, in the line above its conversation."""
    name = escape(catalogue.text(language, f"app_toggle_{side.removeprefix(AGENT)}"))
    is_left = side in LEFT_SIDES
    return (
        f'<button type="button" class="tool{" to-left" if is_left else ""}" data-action="{side}" '
        f'aria-controls="{side}" title="{name}" aria-label="{name}">{icon("sidebar" if is_left else "panel")}</button>'
    )


class _Parts:
    """The pieces of the list in one language."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self._catalogue = catalogue
        self._language = language

    def group(self, conversation: Conversation, now: datetime) -> str:
        if conversation.is_pinned:
            return self._text("app_group_pinned")
        day = conversation.updated_at.astimezone(now.tzinfo).date()
        days_ago = (now.date() - day).days
        if days_ago <= 0:
            return self._text("app_group_today")
        if days_ago == 1:
            return self._text("app_group_yesterday")
        if days_ago <= DAYS_OF_A_WEEK:
            return self._text("app_group_week")
        return self._text("app_group_month", month=self._text(f"app_month_{day.month}"), year=day.year)

    def entry(self, conversation: Conversation, is_current: bool) -> str:
        identity = escape(conversation.id)
        title = shown_title(conversation, self._catalogue, self._language)
        shown, more = escape(title), escape(self._text("app_conversation_more", title=title))
        return (
            f'<li class="entry" data-pinned="{str(conversation.is_pinned).lower()}">'
            f'<button type="button" class="title" data-act="open" data-id="{identity}" title="{shown}" '
            f'aria-current="{str(is_current).lower()}"><span dir="auto">{shown}</span></button>'
            f'<button type="button" class="more" data-act="menu" data-id="{identity}" aria-haspopup="menu" '
            f'aria-expanded="false" title="{more}" aria-label="{more}">{icon("more")}</button></li>'
        )

    def menu(self) -> str:
        """Hidden until a script fills in which conversation it is for."""
        name = escape(self._text("app_conversation_menu"))
        exports = "".join(
            f'<a role="menuitem" tabindex="-1" download data-format="{form}">{icon("download")}'
            f"<span>{escape(self._text(key))}</span></a>"
            for form, key in EXPORTS.items()
        )
        rename, delete = self._item("rename", "edit", "app_rename"), self._item("delete", "delete", "app_delete")
        pin, unpin = self._item("pin", "pin", "app_pin", "true"), self._item("pin", "pin", "app_unpin", "false")
        return (
            f'<div class="conversation-menu" role="menu" aria-label="{name}" hidden>{rename}'
            f'<span class="when-loose">{pin}</span><span class="when-pinned">{unpin}</span>'
            f"{exports}{self._hiding()}{delete}</div>"
        )

    def _hiding(self) -> str:
        """Its state is the browser's: the script knows it, and has it hold for all files."""
        sentence = escape(self._text("app_hide_in_files"))
        return (
            '<button type="button" role="menuitemcheckbox" tabindex="-1" aria-checked="false" data-hides-files>'
            f'<i class="box" aria-hidden="true"></i><span>{sentence}</span></button>'
        )

    def nothing(self, search: str, attribute: str) -> str:
        if search.strip():
            words = INVISIBLE.sub("", search.strip())[:MAX_TITLE_CHARACTERS]
            sentence = self._text("app_conversations_not_found", search=words)
        else:
            sentence = self._text("app_conversations_none")
        return f'<p class="no-conversations" {attribute} dir="auto">{escape(sentence)}</p>'

    def _item(self, action: str, shape: str, key: str, pinned: str = "") -> str:
        data = f' data-pinned="{pinned}"' if pinned else ""
        return (
            f'<button type="button" role="menuitem" tabindex="-1" data-act="{action}"{data}>{icon(shape)}'
            f"<span>{escape(self._text(key))}</span></button>"
        )

    def _text(self, key: str, **values: object) -> str:
        return self._catalogue.text(self._language, key, **values)
