"""The tree that a conversation's messages are: children of one parent are versions of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from errors import MessageNotFound
from storage.records import Message


class MessageTree:
    """``messages`` in the order in which they came, so parents before their children; ``path`` ends at ``leaf_id``.

    Every method raises MessageNotFound for an id that the tree does not hold.
    """

    def __init__(self, messages: Sequence[Message], leaf_id: str | None) -> None:
        self.messages = tuple(messages)
        self.leaf_id = leaf_id
        self._by_id = {message.id: message for message in self.messages}
        self._children: defaultdict[str | None, list[Message]] = defaultdict(list)
        for message in self.messages:
            self._children[message.parent_id].append(message)
        self.path = self.upto(leaf_id) if leaf_id is not None else ()

    def message(self, message_id: str) -> Message:
        """The message of this id."""
        try:
            return self._by_id[message_id]
        except KeyError:
            raise MessageNotFound from None

    def upto(self, message_id: str) -> tuple[Message, ...]:
        """From the root to this message."""
        message = self.message(message_id)
        path = [message]
        while message.parent_id is not None:
            message = self.message(message.parent_id)
            path.append(message)
        return tuple(reversed(path))

    def siblings(self, message_id: str) -> tuple[Message, ...]:
        """All versions of this message, itself among them, oldest first."""
        return tuple(self._children[self.message(message_id).parent_id])

    def place(self, message_id: str) -> tuple[int, int]:
        """Which of how many versions this is, counted from 1: (2, 3) is the second of three."""
        siblings = self.siblings(message_id)
        return siblings.index(self.message(message_id)) + 1, len(siblings)

    def leaf_below(self, message_id: str) -> str:
        """The end of the branch to show when somebody moves to this version: the newest child, and its, and so on."""
        message = self.message(message_id)
        while children := self._children.get(message.id):
            message = children[-1]
        return message.id
