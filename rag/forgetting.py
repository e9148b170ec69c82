"""What is left of a document besides its own rows when it is deleted: indexes, and how answers came about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from errors import CollectionNotFound, ConversationNotFound
from rag.modes import ROOM
from rag.upkeep import Upkeep
from storage.conversations import ConversationStore
from storage.document_records import Document

MOST_CONVERSATIONS = 100_000  # of one owner: all of them


class Documents(Protocol):
    """What is used of the DocumentStore."""

    def listed(self, owner: str, collection_id: str) -> Sequence[Document]: ...


class Forgetting:
    """Lets go behind whoever deletes. ``refresh`` brings the indexes of an owner's collection in step with SQL.

    A record of an answer holds the passages that the model was given, and the prompt they stood in: where one of them
    is of a document that is gone, the record goes. The answer stays; its text is the conversation's.
    """

    def __init__(
        self, store: ConversationStore, documents: Documents, refresh: Callable[[str, str], None], upkeep: Upkeep
    ) -> None:
        self._store = store
        self._documents = documents
        self._refresh = refresh
        self._upkeep = upkeep

    def __call__(self, owner: str, collection_id: str) -> None:
        """Something was deleted of the collection, or all of it. Returns at once."""
        self._upkeep.ask(f"forget in {collection_id}", lambda: self.forget(owner, collection_id))

    def forget(self, owner: str, collection_id: str) -> None:
        """The same, here and now. Blocks."""
        self._refresh(owner, collection_id)
        try:
            kept = {document.id for document in self._documents.listed(owner, collection_id)}
        except CollectionNotFound:
            kept = set()
        for conversation in self._store.listed(owner, limit=MOST_CONVERSATIONS, room=ROOM):
            if conversation.options.get("collection_id") == collection_id:
                self._forget_in(owner, conversation.id, kept)

    def _forget_in(self, owner: str, conversation_id: str, kept: set[str]) -> None:
        try:
            messages = self._store.tree(owner, conversation_id).messages
            for message in messages:
                record = self._store.record(owner, conversation_id, message.id)
                if record and _documents_in(record) - kept:
                    self._store.delete_record(owner, conversation_id, message.id)
        except ConversationNotFound:  # deleted meanwhile, its records with it
            return


def _documents_in(record: dict[str, object]) -> set[str]:
    """The ids of the documents whose passages a DocumentRecord holds."""
    held = [*_listed(record.get("passages")), *_listed(record.get("others"))]
    return {str(passage["document_id"]) for passage in held if isinstance(passage, dict)}


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
