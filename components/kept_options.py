"""The options of conversations in one room: read, changed and written, one change after the other."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, NamedTuple, TypeVar

from chains.conversations import Conversations
from chains.options import ConversationOptions
from components.room_visit import RoomVisit

V = TypeVar("V", bound=RoomVisit)
O = TypeVar("O", bound=ConversationOptions)  # noqa: E741


class Kept(NamedTuple, Generic[O]):
    """What a conversation has after a change: ``is_new`` unless that is what it had before."""

    conversation_id: str
    options: O
    is_new: bool


class KeptOptions(ABC, Generic[V, O]):
    """Blocks briefly. Whatever is not the visitor's own does not exist."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._turn = threading.Lock()  # two changes at once would undo each other

    @abstractmethod
    def of(self, visit: V) -> O:
        """What the conversation has; what is shown where there is none yet."""

    def begun(self, visit: V) -> tuple[V, O]:
        """The visit of a conversation, which is made if there is none yet, and what it has."""
        if visit.conversation_id:
            return visit, self.of(visit)
        options = self._first(visit)
        return replace(visit, conversation_id=self._conversations.start(visit.owner, options)), options

    def change(self, visit: V, change: Callable[[O], O]) -> Kept[O]:
        """Keep what ``change`` makes of the options; make a conversation if there is none yet.

        Sliders change when a conversation is opened, too; that changes nothing and makes none.
        """
        if not visit.conversation_id:
            before = self._first(visit)
            after = change(before)
            is_new = self._differ(visit, before, after)
            return Kept(self._conversations.start(visit.owner, after) if is_new else "", after, is_new)
        with self._turn:
            before = self.of(visit)
            after = change(before)
            is_new = self._differ(visit, before, after)
            if is_new:
                self._conversations.change_options(visit.owner, visit.conversation_id, after)
        return Kept(visit.conversation_id, after, is_new)

    def _first(self, visit: V) -> O:
        """What a conversation that is made now begins with."""
        return self.of(visit)

    def _differ(self, visit: V, before: O, after: O) -> bool:
        return before != after
