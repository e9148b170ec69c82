"""Copies of conversations: what is imported, and what branches off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from errors import MessageNotFound
from storage.conversations import ConversationStore
from storage.records import Conversation, Message, MessageStatus, Role
from tests.databases import add, question, texts

pytest_plugins = ["tests.storage_fixtures"]


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
