"""Rated answers are found wherever they stand, and only by whose they are."""

from __future__ import annotations

from storage.conversations import ConversationStore
from storage.database import Database
from storage.ratings import RatedAnswers
from storage.records import Message, Role

pytest_plugins = ["tests.storage_fixtures"]


def rate(store: ConversationStore, owner: str, room: str, *ratings: int) -> str:
    """A conversation with an answer for each of them, all to one question."""
    conversation = store.create(owner, options={"collection_id": "c"}, room=room)
    question = Message(Role.USER, "Why?")
    answers = [Message(Role.ASSISTANT, f"{rating}.", parent_id=question.id, rating=rating) for rating in ratings]
    store.add(owner, conversation.id, question, *answers)
    return conversation.id


def test_rated_answers_of_every_branch_are_listed_newest_first(database: Database, store: ConversationStore) -> None:
    first = rate(store, "ana", "documents", 1, 0, -1)
    second = rate(store, "ana", "documents", 1)
    rate(store, "ana", "chat", 1)
    rate(store, "bea", "documents", 1)
    deleted = rate(store, "ana", "documents", 1)
    store.delete("ana", deleted)
    found = RatedAnswers(database).listed("ana", "documents")
    assert [(one.conversation_id, one.rating) for one in found] == [(second, 1), (first, -1), (first, 1)]
    assert {(one.question, one.options["collection_id"]) for one in found} == {("Why?", "c")}
    assert len(RatedAnswers(database).listed("ana", "documents", limit=2)) == 2
