"""What the Chat room keeps, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import ConversationNotFound, MessageNotFound
from storage.columns import folded, storable
from storage.conversations import ConversationStore
from storage.records import Conversation, Message, MessageStatus, Role, Step, TitleSource

pytest_plugins = ["tests.storage_fixtures"]

AT_ONCE = timedelta(seconds=-1)


def question(text: str = "hello", parent: Message | None = None, **fields: Any) -> Message:
    return Message(Role.USER, text, parent_id=parent.id if parent else None, **fields)


def add(store: ConversationStore, conversation: Conversation, message: Message, owner: str = "ana") -> Message:
    store.add(owner, conversation.id, message)
    return message


def texts(store: ConversationStore, conversation: Conversation, owner: str = "ana") -> list[str]:
    return [message.text for message in store.tree(owner, conversation.id).path]


def titles(store: ConversationStore, search: str = "", **options: int) -> list[str]:
    return [conversation.title for conversation in store.listed("ana", search, **options)]


def test_what_was_created_is_there(store: ConversationStore) -> None:
    created = store.create("ana", title="Rivers", options={"model": "local/x", "stop": ["\n"], "seed": None})
    assert store.get("ana", created.id) == created
    assert created.options == {"model": "local/x", "stop": ["\n"], "seed": None}
    assert store.tree("ana", created.id).path == ()


def test_a_message_comes_back_whole(store: ConversationStore) -> None:
    conversation = store.create("ana")
    message = question(inputs={"topic": "ríos"}, num_left_out=3, rating=-1, error_key="error_engine_died")
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
    written = replace(answer, text="Héllo", status=MessageStatus.CUT, rating=1, num_left_out=2, steps=(Step("a", "b"),))
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


def test_a_copy_has_new_ids_and_the_same_shape(store: ConversationStore) -> None:
    original = store.create("ana", title="original", options={"a": 1})
    root = add(store, original, question("root"))
    left = add(store, original, question("left", root))
    add(store, original, question("right", root))
    original = store.change("ana", original.id, leaf_id=left.id, summary="s", summary_until=root.id, is_pinned=True)
    tree = store.tree("ana", original.id)
    copy = store.add_tree("ben", replace(original, title="copy"), tree.messages)
    copied = store.tree("ben", copy.id)
    assert [message.text for message in copied.path] == ["root", "left"]
    assert [message.text for message in copied.messages] == ["root", "left", "right"]
    assert {message.id for message in copied.messages}.isdisjoint(message.id for message in tree.messages)
    assert copied.message(copy.summary_until or "").text == "root"
    assert (copy.title, copy.options, copy.summary, copy.is_pinned) == ("copy", {"a": 1}, "s", True)
    assert copy.created_at == original.created_at
    assert copy.updated_at > original.updated_at
    assert store.tree("ana", original.id).messages == tree.messages


def test_a_part_is_copied_without_what_is_said_of_the_rest(store: ConversationStore) -> None:
    original = store.create("ana")
    root = add(store, original, question("root"))
    answer = add(store, original, Message(Role.ASSISTANT, "half", MessageStatus.ANSWERING, parent_id=root.id))
    rest = add(store, original, question("rest", answer))
    original = store.change("ana", original.id, summary="of the rest", summary_until=rest.id)
    copy = store.add_tree("ana", original, store.tree("ana", original.id).upto(answer.id))
    assert texts(store, copy) == ["root", "half"]
    assert store.tree("ana", copy.id).path[-1].status is MessageStatus.STOPPED
    assert (copy.summary, copy.summary_until) == ("", None)


def test_a_copy_without_messages_is_empty(store: ConversationStore) -> None:
    assert store.add_tree("ana", Conversation(title="nothing"), []).leaf_id is None


def test_a_copy_with_a_loose_end_is_not_made(store: ConversationStore) -> None:
    root = question("root")
    child = question("child", root)
    for messages in ([child], [child, root]):
        with pytest.raises(MessageNotFound):
            store.add_tree("ana", Conversation(), messages)
    assert store.listed("ana") == ()


def test_what_was_being_written_is_stopped_at_the_next_start(store: ConversationStore) -> None:
    for owner in ("ana", "ben"):
        conversation = store.create(owner)
        asked = add(store, conversation, question(), owner)
        add(store, conversation, Message(Role.ASSISTANT, "half", MessageStatus.ANSWERING, asked.id), owner)
    assert store.settle_interrupted() == 2
    assert store.settle_interrupted() == 0
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
