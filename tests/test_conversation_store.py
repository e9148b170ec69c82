"""What the Chat room keeps, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from errors import ConversationNotFound, MessageNotFound
from storage.claims import Claims
from storage.conversations import ConversationStore
from storage.database import Database
from storage.records import Message, MessageStatus, Role, Step, TitleSource
from tests.databases import add, question, texts

pytest_plugins = ["tests.storage_fixtures"]

AT_ONCE = timedelta(seconds=-1)


def titles(store: ConversationStore, search: str = "", limit: int = 300) -> list[str]:
    return [conversation.title for conversation in store.listed("ana", search, limit)]


def test_what_was_created_is_there(store: ConversationStore) -> None:
    created = store.create("ana", title="Rivers", options={"model": "local/x", "stop": ["\n"], "seed": None})
    assert store.get("ana", created.id) == created
    assert created.options == {"model": "local/x", "stop": ["\n"], "seed": None}
    assert store.tree("ana", created.id).path == ()


def test_a_message_comes_back_whole(store: ConversationStore) -> None:
    conversation = store.create("ana")
    message = question(
        inputs={"topic": "ríos"}, figures={"num_output": 12}, num_left_out=3, rating=-1, error_key="error_engine_died"
    )
    message = add(store, conversation, replace(message, status=MessageStatus.FAILED, steps=(Step("outline", "1. a"),)))
    assert store.tree("ana", conversation.id).path == (message,)


def test_a_new_message_is_the_shown_leaf_and_brings_its_conversation_to_the_top(store: ConversationStore) -> None:
    older, newer = store.create("ana", title="older"), store.create("ana", title="newer")
    assert titles(store) == ["newer", "older"]
    first = add(store, older, question("1"))
    add(store, older, question("2", first))
    assert texts(store, older) == ["1", "2"]
    assert titles(store) == ["older", "newer"]
    assert store.get("ana", newer.id).updated_at == newer.updated_at


def test_a_message_needs_a_parent_of_its_own_conversation(store: ConversationStore) -> None:
    here, there = store.create("ana"), store.create("ana")
    elsewhere = add(store, there, question())
    for parent in (elsewhere, question("never added")):
        with pytest.raises(MessageNotFound):
            store.add("ana", here.id, question("lost", parent))
    assert store.get("ana", here.id) == here
    assert texts(store, here) == []


def test_saving_rewrites_the_answer_and_leaves_the_branch_shown(store: ConversationStore) -> None:
    conversation = store.create("ana")
    asked = add(store, conversation, question())
    answer = add(store, conversation, Message(Role.ASSISTANT, "", MessageStatus.ANSWERING, parent_id=asked.id))
    other = add(store, conversation, question("another branch", asked))
    before = store.get("ana", conversation.id)
    written = replace(answer, text="Héllo", status=MessageStatus.CUT, rating=1, num_left_out=2)
    written = replace(written, steps=(Step("a", "b"),), figures={"tokens_per_second": 58.5})
    store.save("ana", conversation.id, written)
    assert store.tree("ana", conversation.id).message(answer.id) == written
    assert store.get("ana", conversation.id) == before
    assert before.leaf_id == other.id
    assert titles(store, "hello") == [""]


def test_only_what_was_added_can_be_saved(store: ConversationStore) -> None:
    conversation = store.create("ana")
    with pytest.raises(MessageNotFound):
        store.save("ana", conversation.id, question())


def test_listing_puts_pinned_ones_first_and_stops_at_the_limit(store: ConversationStore) -> None:
    for title in "abc":
        store.create("ana", title=title)
    pinned = store.listed("ana")[-1]
    store.change("ana", pinned.id, is_pinned=True)
    assert titles(store) == ["a", "c", "b"]
    assert titles(store, limit=2) == ["a", "c"]


def test_each_room_lists_its_own(store: ConversationStore) -> None:
    store.create("ana", title="chat")
    about = store.create("ana", title="documents", room="documents")
    assert titles(store) == ["chat"]
    assert store.listed("ana", room="documents") == (about,)
    assert store.listed("ana", "chat", room="documents") == ()
    assert store.add_tree("ana", about, []).room == "documents"


def every_call(conversation_id: str, message: Message) -> dict[str, Callable[[ConversationStore], object]]:
    """Everything that names a conversation, called by eve."""
    return {
        "get": lambda store: store.get("eve", conversation_id),
        "change": lambda store: store.change("eve", conversation_id, title="mine"),
        "delete": lambda store: store.delete("eve", conversation_id),
        "restore": lambda store: store.restore("eve", conversation_id),
        "tree": lambda store: store.tree("eve", conversation_id),
        "add": lambda store: store.add("eve", conversation_id, question()),
        "save": lambda store: store.save("eve", conversation_id, message),
        "put_record": lambda store: store.put_record("eve", conversation_id, message.id, {}),
        "record": lambda store: store.record("eve", conversation_id, message.id),
    }


@pytest.mark.parametrize("call", every_call("", question()))
def test_anothers_conversation_looks_like_none(store: ConversationStore, call: str) -> None:
    conversation = store.create("ana", title="private")
    message = add(store, conversation, question())
    store.put_record("ana", conversation.id, message.id, {"kept": True})
    before = store.get("ana", conversation.id), store.tree("ana", conversation.id).path
    stranger = replace(message, text="overwritten")
    for conversation_id in (conversation.id, "no such", "", "\x00", "\ud800", "x" * 10_000):
        with pytest.raises(ConversationNotFound):
            every_call(conversation_id, stranger)[call](store)
    assert (store.get("ana", conversation.id), store.tree("ana", conversation.id).path) == before
    assert store.record("ana", conversation.id, message.id) == {"kept": True}


def test_changes_keep_the_place_in_the_list(store: ConversationStore) -> None:
    conversation = store.create("ana", title="Old")
    first = add(store, conversation, question())
    add(store, conversation, question("2", first))
    before = store.get("ana", conversation.id)
    changed = store.change(
        "ana", conversation.id, title="Nuevo título", options={"a": 1}, summary="s", summary_until=first.id
    )
    expected = replace(before, title="Nuevo título", options={"a": 1}, summary="s", summary_until=first.id)
    assert changed == expected == store.get("ana", conversation.id)
    assert store.change("ana", conversation.id, leaf_id=first.id).leaf_id == first.id
    assert store.change("ana", conversation.id) == replace(expected, leaf_id=first.id)
    assert titles(store, "titulo") == ["Nuevo título"]
    assert titles(store, "old") == []


@pytest.mark.parametrize("field", ["leaf_id", "summary_until"])
def test_a_change_names_messages_of_its_conversation_alone(store: ConversationStore, field: str) -> None:
    here, there = store.create("ana"), store.create("ana")
    elsewhere = add(store, there, question())
    change: Any = {field: elsewhere.id, "title": "not this either"}
    with pytest.raises(MessageNotFound):
        store.change("ana", here.id, **change)
    assert store.get("ana", here.id) == here


def test_a_persons_title_is_replaced_by_a_persons_alone(store: ConversationStore) -> None:
    conversation = store.create("ana", title="first words")
    assert store.change("ana", conversation.id, title="by model", title_source=TitleSource.MODEL).title == "by model"
    store.change("ana", conversation.id, title="mine", title_source=TitleSource.PERSON)
    late = store.change("ana", conversation.id, title="by model", title_source=TitleSource.MODEL, is_pinned=True)
    assert (late.title, late.title_source, late.is_pinned) == ("mine", TitleSource.PERSON, True)
    again = store.change("ana", conversation.id, title="mine too", title_source=TitleSource.PERSON)
    assert again.title == "mine too"


def test_deleting_can_be_undone_until_it_is_for_good(store: ConversationStore) -> None:
    conversation, other = store.create("ana", title="kept"), store.create("ana", title="gone")
    message = add(store, conversation, question())
    for each in (conversation, other):
        store.delete("ana", each.id)
    assert titles(store) == []
    with pytest.raises(ConversationNotFound):
        store.tree("ana", conversation.id)
    assert store.purge(timedelta(days=1)) == 0
    store.restore("ana", conversation.id)
    assert store.tree("ana", conversation.id).path == (message,)
    assert store.purge(AT_ONCE) == 1
    with pytest.raises(ConversationNotFound):
        store.restore("ana", other.id)
    assert titles(store) == ["kept"]


def test_for_good_takes_messages_and_records_along(store: ConversationStore) -> None:
    conversation = store.create("ana")
    message = add(store, conversation, question())
    store.put_record("ana", conversation.id, message.id, {})
    store.delete("ana", conversation.id)
    assert store.purge(AT_ONCE) == 1
    with pytest.raises(ConversationNotFound):
        store.save("ana", conversation.id, message)


def test_an_answer_that_ends_after_its_conversation_was_deleted_is_there_after_undoing(
    store: ConversationStore,
) -> None:
    conversation = store.create("ana")
    answer = add(store, conversation, Message(Role.ASSISTANT, "He", MessageStatus.ANSWERING))
    store.delete("ana", conversation.id)
    store.save("ana", conversation.id, replace(answer, text="Hello", status=MessageStatus.COMPLETE))
    store.put_record("ana", conversation.id, answer.id, {"tokens": 2})
    store.restore("ana", conversation.id)
    assert texts(store, conversation) == ["Hello"]
    assert store.record("ana", conversation.id, answer.id) == {"tokens": 2}


def test_records_are_replaced_and_come_back_exactly(store: ConversationStore) -> None:
    conversation = store.create("ana")
    message = add(store, conversation, question())
    assert store.record("ana", conversation.id, message.id) is None
    store.put_record("ana", conversation.id, message.id, {"old": 1})
    record = {"text": "a\x00b \ud800 🤖", "probability": 0.1, "tokens": [[1, -0.5], [2, None]], "deep": {"er": []}}
    store.put_record("ana", conversation.id, message.id, record)
    assert store.record("ana", conversation.id, message.id) == record
    with pytest.raises(MessageNotFound):
        store.put_record("ana", conversation.id, "no such", record)


def test_what_was_being_written_is_stopped_at_the_next_start(store: ConversationStore, database: Database) -> None:
    for owner in ("ana", "ben"):
        conversation = store.create(owner)
        asked = add(store, conversation, question(), owner)
        add(store, conversation, Message(Role.ASSISTANT, "half", MessageStatus.ANSWERING, asked.id), owner)
    assert Claims(database).settle_abandoned() == 2
    assert Claims(database).settle_abandoned() == 0
    assert [message.status for message in store.tree("ben", conversation.id).path] == [
        MessageStatus.COMPLETE,
        MessageStatus.STOPPED,
    ]


def test_many_threads_write_at_once_and_nothing_is_lost(store: ConversationStore) -> None:
    shared = store.create("ana")

    def write(_: int) -> None:
        own = store.create("ana")
        for _ in range(5):
            add(store, own, question())
            add(store, shared, question())
        assert len(store.tree("ana", own.id).messages) == 5

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(write, range(20)))
    assert len(store.tree("ana", shared.id).messages) == 100
    assert len(store.listed("ana")) == 21
