"""The answers being written right now, which are ahead of what is stored by up to a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chains.recorder import QueuePlace
from chains.turn_news import TurnListener, unheard
from errors import ConversationBusy, StorageError
from storage.claims import Claims, answer_key
from storage.records import Message

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiveAnswer:
    """An answer as it stands; ``place`` is the one in the model's queue while it has not begun."""

    message: Message
    place: QueuePlace | None = None


@dataclass
class LiveAnswers:
    """At most one for each conversation. With ``claims``, those of other processes on the same database count, too:
    ``is_taken`` and ``check_free`` then ask it, and block. ``on_end`` hears of each turn that ended."""

    claims: Claims | None = None
    on_end: TurnListener = unheard
    _by_conversation: dict[str, LiveAnswer | None] = field(default_factory=dict)

    def of(self, conversation_id: str) -> LiveAnswer | None:
        """The answer being written there, if it has begun."""
        return self._by_conversation.get(conversation_id)

    def put(self, conversation_id: str, answer: LiveAnswer) -> None:
        """The answer has grown."""
        self._by_conversation[conversation_id] = answer

    def is_taken(self, conversation_id: str) -> bool:
        """True while somebody answers there, begun or not."""
        if conversation_id in self._by_conversation:
            return True
        return self.claims is not None and self.claims.is_taken(answer_key(conversation_id))

    def is_taken_here(self, conversation_id: str) -> bool:
        """The same for this process alone; answers at once."""
        return conversation_id in self._by_conversation

    def check_free(self, conversation_id: str) -> None:
        """Raises ConversationBusy."""
        if self.is_taken(conversation_id):
            raise ConversationBusy

    @asynccontextmanager
    async def taken(self, conversation_id: str) -> AsyncIterator[None]:
        """Keep others from answering there meanwhile. Raises ConversationBusy."""
        if conversation_id in self._by_conversation:
            raise ConversationBusy
        self._by_conversation[conversation_id] = None
        try:
            if self.claims is None or self.claims.is_alone:
                yield
                return
            taking = asyncio.create_task(asyncio.to_thread(self.claims.take, answer_key(conversation_id)))
            try:
                if not await asyncio.shield(taking):
                    raise ConversationBusy
                yield
            finally:
                await asyncio.shield(_release(self.claims, conversation_id, taking))
        finally:
            del self._by_conversation[conversation_id]


async def _release(claims: Claims, conversation_id: str, taking: asyncio.Task[bool]) -> None:
    """Once it is taken, should whoever asked have gone before."""
    try:
        await asyncio.wait([taking])
        await asyncio.to_thread(claims.release, answer_key(conversation_id))
    except StorageError as error:  # it is renewed until the program ends: others are told that this one is busy
        logger.warning("a claim could not be released: %s", error.key)
