"""The list of conversations as HTML: under which day each stands, and that a title is only ever text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalogue import LANGUAGES, Catalogue
from components.conversation_list import conversation_list, deleted_note, room_bar, shown_title
from storage.records import Conversation

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
catalogue = Catalogue.load()


class Elements(HTMLParser):
    """Every element of a piece of HTML with its attributes, and the texts in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def doing(self, action: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.elements if attributes.get("data-act") == action]


def used(days_ago: float, title: str = "A talk", is_pinned: bool = False) -> Conversation:
    return Conversation(title=title, is_pinned=is_pinned, updated_at=NOW - timedelta(days=days_ago))


def listed(*conversations: Conversation, now: datetime = NOW, language: str = "en", current: str = "") -> Elements:
    return Elements(conversation_list(conversations, current, now, catalogue, language))


@pytest.mark.parametrize(
    ("days_ago", "english", "spanish"),
    [
        (-1, "Today", "Hoy"),  # another machine's clock may be ahead
        (0, "Today", "Hoy"),
        (0.4, "Today", "Hoy"),
        (0.6, "Yesterday", "Ayer"),
        (1.4, "Yesterday", "Ayer"),
        (2, "Last 7 days", "Últimos 7 días"),
        (7, "Last 7 days", "Últimos 7 días"),
        (8, "March 2026", "Marzo de 2026"),
        (40, "January 2026", "Enero de 2026"),
        (400, "February 2025", "Febrero de 2025"),
    ],
)
def test_a_conversation_stands_under_the_day_it_was_last_used(days_ago: float, english: str, spanish: str) -> None:
    assert listed(used(days_ago)).texts[:2] == [english, "A talk"]
    assert listed(used(days_ago), language="es").texts[:2] == [spanish, "A talk"]


def test_days_are_those_of_the_readers_zone() -> None:
    evening = datetime(2026, 3, 9, 22, tzinfo=timezone(timedelta(hours=-4)))  # the 10th in UTC
    conversation = Conversation(updated_at=datetime(2026, 3, 10, 1, tzinfo=UTC))
    assert listed(conversation, now=evening).texts[0] == "Today"


def test_each_group_is_named_once_and_pinned_ones_have_their_own() -> None:
    texts = listed(used(300, "p", is_pinned=True), used(0, "a"), used(0.1, "b"), used(1, "c"), used(1.1, "d")).texts
    assert texts[:8] == ["Pinned", "p", "Today", "a", "b", "Yesterday", "c", "d"]


def test_the_open_one_is_marked() -> None:
    conversations = [used(0, "a"), used(0, "b")]
    opens = listed(*conversations, current=conversations[1].id).doing("open")
    assert [entry["aria-current"] for entry in opens] == ["false", "true"]
    assert [entry["data-id"] for entry in opens] == [conversation.id for conversation in conversations]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_a_sentence_when_there_is_nothing(language: str) -> None:
    none_yet = conversation_list([], None, NOW, catalogue, language)
    assert catalogue.text(language, "app_conversations_none") in none_yet
    not_found = Elements(conversation_list([], None, NOW, catalogue, language, search=" <b>\u202ex "))
    assert not_found.texts == [catalogue.text(language, "app_conversations_not_found", search="<b>x")]


@given(st.text())
def test_a_title_is_only_ever_text(title: str) -> None:
    conversation = used(0, title)
    plain = used(0, "A talk")
    for shown, expected in (
        (listed(conversation), listed(plain)),
        (
            Elements(deleted_note(conversation, catalogue, "en")),
            Elements(deleted_note(plain, catalogue, "en")),
        ),
        (Elements(room_bar(conversation, catalogue, "en")), Elements(room_bar(plain, catalogue, "en"))),
    ):
        assert [(tag, attributes.keys()) for tag, attributes in shown.elements] == [
            (tag, attributes.keys()) for tag, attributes in expected.elements
        ]


def test_a_title_is_one_line_of_what_can_be_seen() -> None:
    assert shown_title(used(0, "a\u202eb\n c\x00"), catalogue, "en") == "ab c"
    assert shown_title(used(0, "\u200f \n"), catalogue, "en") == "New conversation"
    assert len(shown_title(used(0, "x" * 1000), catalogue, "en")) == 200


def test_what_was_deleted_can_be_brought_back() -> None:
    conversation = used(0, "<b>")
    note = Elements(deleted_note(conversation, catalogue, "en"))
    assert note.texts == ["“<b>” was deleted.", "Undo"]
    assert note.doing("restore")[0]["data-id"] == conversation.id


def test_only_a_conversation_can_be_copied_and_printed() -> None:
    assert Elements(room_bar(used(0), catalogue, "en")).doing("copy_all")
    assert not Elements(room_bar(None, catalogue, "en")).doing("copy_all")
