"""Whatever people write is kept as it was, as far as it is text, and found again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.columns import folded, storable
from storage.conversations import ConversationStore
from storage.records import Step
from tests.databases import add, question, texts

pytest_plugins = ["tests.storage_fixtures"]


def titles(store: ConversationStore, search: str = "", limit: int = 300) -> list[str]:
    return [conversation.title for conversation in store.listed("ana", search, limit)]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("rio", ["El Río", "messages"]),
        ("  RÍO ", ["El Río", "messages"]),
        ("straße", ["messages"]),
        ("STRASSE", ["messages"]),
        ("100%", ["signs"]),
        ("%", ["signs"]),
        ("_", ["signs"]),
        ("/", ["signs"]),
        ("\\", ["signs"]),
        ("niño", ["El Río"]),
        ("a\x00b", ["signs"]),
        ("no such words", []),
        ("x" * 100_000, []),
        ("", ["signs", "messages", "El Río"]),
    ],
)
def test_searching_finds_titles_and_messages(store: ConversationStore, search: str, found: list[str]) -> None:
    store.create("ana", title="El Río")
    add(store, store.listed("ana")[0], question("los NIN\u0303OS juegan"))
    by_messages = store.create("ana", title="messages")
    root = add(store, by_messages, question("Am RIO steht die Strasse"))
    add(store, by_messages, question("a branch that is not shown", root))
    add(store, by_messages, question("shown", root))
    add(store, store.create("ana", title="signs"), question("100% of_it / and \\ and a\x00b"))
    assert sorted(titles(store, search)) == sorted(found)


def test_nobody_finds_what_is_anothers(store: ConversationStore) -> None:
    conversation = store.create("ana", title="private")
    add(store, conversation, question("private"))
    assert store.listed("eve") == ()
    assert store.listed("eve", "private") == ()


ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from("\x00\ud83d\udc4díé́%_"), max_size=30)
SHARED_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@SHARED_DATABASE
@given(text=ANY_TEXT)
def test_any_text_is_taken_and_found(store: ConversationStore, text: str) -> None:
    conversation = store.create("ana", title=text, options={"text": text})
    message = add(store, conversation, question(text, inputs={text: text}))
    add(store, conversation, replace(question(text, message), error_key=text, steps=(Step(text, text),)))
    kept = store.tree("ana", conversation.id).path[0]
    assert (kept.text, kept.inputs) == (storable(text), {text: text})
    assert store.get("ana", conversation.id).options == {"text": text}
    assert conversation.id in {found.id for found in store.listed("ana", text, limit=1_000)}
    store.delete("ana", conversation.id)


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "🤖\n" * 300_000, "שלום עולם", "مرحبا\u200f", "'; DROP TABLE messages; --"]
)
def test_long_and_foreign_texts_come_back_exactly(store: ConversationStore, text: str) -> None:
    conversation = store.create("ana")
    add(store, conversation, question(text))
    assert texts(store, conversation) == [text]


@given(ANY_TEXT)
def test_what_is_storable_is_unicode_and_stays_as_it_is(text: str) -> None:
    kept = storable(text)
    assert "\x00" not in kept
    assert kept.encode("utf-8").decode("utf-8") == storable(kept) == kept
    assert len(kept) == len(text)


@given(ANY_TEXT)
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
