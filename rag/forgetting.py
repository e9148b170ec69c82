"""What is left of a document besides its own rows when it is deleted: indexes, and how answers came about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from errors import ConversationNotFound, DocumentNotFound
from rag.modes import ROOM
from rag.upkeep import Upkeep
from storage.conversations import ConversationStore
from storage.document_records import Document

MOST_CONVERSATIONS = 100_000  # of one owner: all of them
WHERE_PASSAGES_ARE = ("passages", "others", "sources")  # in the records of the rooms


class Documents(Protocol):
    """What is used of the DocumentStore."""

    def get(self, owner: str, document_id: str) -> Document: ...


class Forgetting:
    """Lets go behind whoever deletes. ``refresh`` brings the indexes of an owner's collection in step with SQL.

    A record of an answer holds the passages that the model was given, and the prompt they stood in: where one of them
    is of a document that is gone, the record goes. The answer stays; its text is the conversation's. ``other_rooms``
    search documents too, in all collections.
    """

    def __init__(
        self,
        store: ConversationStore,
        documents: Documents,
        refresh: Callable[[str, str], None],
        upkeep: Upkeep,
        other_rooms: Sequence[str] = (),
    ) -> None:
        self._store = store
        self._documents = documents
        self._refresh = refresh
        self._upkeep = upkeep
        self._other_rooms = other_rooms

    def __call__(self, owner: str, collection_id: str) -> None:
        """Something was deleted of the collection, or all of it. Returns at once."""
        self._upkeep.ask(f"forget in {collection_id}", lambda: self.forget(owner, collection_id))

    def forget(self, owner: str, collection_id: str) -> None:
        """The same, here and now. Blocks."""
        self._refresh(owner, collection_id)
        for conversation in self._store.listed(owner, limit=MOST_CONVERSATIONS, room=ROOM):
            if conversation.options.get("collection_id") == collection_id:
                self._forget_in(owner, conversation.id)
        for room in self._other_rooms:
            for conversation in self._store.listed(owner, limit=MOST_CONVERSATIONS, room=room):
                self._forget_in(owner, conversation.id)

    def _forget_in(self, owner: str, conversation_id: str) -> None:
        try:
            messages = self._store.tree(owner, conversation_id).messages
            for message in messages:
                record = self._store.record(owner, conversation_id, message.id)
                if record and any(self._is_gone(owner, one) for one in _documents_in(record)):
                    self._store.delete_record(owner, conversation_id, message.id)
        except ConversationNotFound:  # deleted meanwhile, its records with it
            return

    def _is_gone(self, owner: str, document_id: str) -> bool:
        try:
            self._documents.get(owner, document_id)
        except DocumentNotFound:
            return True
        return False


def _documents_in(record: dict[str, object]) -> set[str]:
    """The ids of the documents whose passages a record holds."""
    held = [one for name in WHERE_PASSAGES_ARE for one in _listed(record.get(name)) if isinstance(one, dict)]
    return {str(one["document_id"]) for one in held if one.get("document_id")}


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
