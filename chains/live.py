"""The answers being written right now, which are ahead of what is stored by up to a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chains.recorder import QueuePlace
from errors import ConversationBusy
from storage.records import Message


@dataclass(frozen=True)
class LiveAnswer:
    """An answer as it stands; ``place`` is the one in the model's queue while it has not begun."""

    message: Message
    place: QueuePlace | None = None


@dataclass
class LiveAnswers:
    """At most one for each conversation."""

    _by_conversation: dict[str, LiveAnswer | None] = field(default_factory=dict)

    def of(self, conversation_id: str) -> LiveAnswer | None:
        """The answer being written there, if it has begun."""
        return self._by_conversation.get(conversation_id)

    def put(self, conversation_id: str, answer: LiveAnswer) -> None:
        """The answer has grown."""
        self._by_conversation[conversation_id] = answer

    def is_taken(self, conversation_id: str) -> bool:
        """True while somebody answers there, begun or not."""
        return conversation_id in self._by_conversation

    def check_free(self, conversation_id: str) -> None:
        """Raises ConversationBusy."""
        if self.is_taken(conversation_id):
            raise ConversationBusy

    @contextmanager
    def taken(self, conversation_id: str) -> Iterator[None]:
        """Keep others from answering there meanwhile. Raises ConversationBusy."""
        self.check_free(conversation_id)
        self._by_conversation[conversation_id] = None
        try:
            yield
        finally:
            del self._by_conversation[conversation_id]
