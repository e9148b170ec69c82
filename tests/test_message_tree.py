"""The tree of messages: the path shown, the versions beside it, and where moving to one of them leads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import MessageNotFound
from storage.message_tree import MessageTree
from storage.records import Message, Role


def message(message_id: str, parent_id: str | None = None) -> Message:
    return Message(Role.USER, message_id, id=message_id, parent_id=parent_id)


def ids(messages: tuple[Message, ...]) -> list[str]:
    return [message.id for message in messages]


@st.composite
def trees(draw: st.DrawFn) -> MessageTree:
    """Any tree: each message hangs from one that came before it, or from nothing."""
    count = draw(st.integers(1, 20))
    parents = [draw(st.none() | st.integers(0, index - 1)) if index else None for index in range(count)]
    messages = [message(str(i), None if parent is None else str(parent)) for i, parent in enumerate(parents)]
    return MessageTree(messages, draw(st.sampled_from(messages)).id)


# a ── b ── c
#      │    └─ f
#      └─ d ── e
FORKED = [message("a"), message("b", "a"), message("c", "b"), message("d", "b"), message("e", "d"), message("f", "c")]


def test_the_path_leads_to_the_leaf() -> None:
    assert ids(MessageTree(FORKED, "e").path) == ["a", "b", "d", "e"]
    assert ids(MessageTree(FORKED, "c").path) == ["a", "b", "c"]


def test_an_empty_conversation_has_an_empty_path() -> None:
    assert MessageTree([], None).path == ()


def test_versions_are_counted_oldest_first() -> None:
    tree = MessageTree(FORKED, "e")
    assert ids(tree.siblings("d")) == ["c", "d"]
    assert tree.place("c") == (1, 2)
    assert tree.place("d") == (2, 2)
    assert tree.place("b") == (1, 1)


def test_the_first_message_has_versions_too() -> None:
    assert MessageTree([message("a"), message("b")], "a").place("b") == (2, 2)


def test_moving_to_a_version_shows_its_newest_continuation() -> None:
    tree = MessageTree([*FORKED, message("g", "d")], "e")
    assert tree.leaf_below("c") == "f"
    assert tree.leaf_below("d") == "g"
    assert tree.leaf_below("f") == "f"


@pytest.mark.parametrize("method", ["message", "upto", "siblings", "place", "leaf_below"])
def test_an_unknown_message_is_said_to_be(method: str) -> None:
    with pytest.raises(MessageNotFound):
        getattr(MessageTree(FORKED, "e"), method)("z")


@given(trees())
def test_a_path_goes_from_a_root_by_children_to_its_end(tree: MessageTree) -> None:
    for end in tree.messages:
        path = tree.upto(end.id)
        assert path[0].parent_id is None
        assert path[-1] is end
        assert [later.parent_id for later in path[1:]] == ids(path)[:-1]


@given(trees())
def test_versions_part_the_messages(tree: MessageTree) -> None:
    """Each message has one place among its versions, and they all agree who the versions are."""
    for one in tree.messages:
        siblings = tree.siblings(one.id)
        place, count = tree.place(one.id)
        assert siblings[place - 1] is one
        assert len(siblings) == count
        assert all(tree.siblings(other.id) == siblings for other in siblings)
    assert sorted(ids(tree.messages)) == sorted(
        other for first in tree.messages if tree.place(first.id)[0] == 1 for other in ids(tree.siblings(first.id))
    )


@given(trees())
def test_the_leaf_below_is_a_leaf_and_below(tree: MessageTree) -> None:
    parents = {message.parent_id for message in tree.messages}
    for one in tree.messages:
        leaf = tree.leaf_below(one.id)
        assert leaf not in parents
        assert one in tree.upto(leaf)
