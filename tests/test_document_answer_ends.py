"""How answers from documents end: stopped, failed, cleaned; and what is forgotten of them with a document."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from errors import DocumentNotFound, EngineDied, NothingToSearch
from rag.forgetting import Forgetting
from rag.modes import Mode
from rag.upkeep import Upkeep
from storage.document_records import Document
from storage.records import Message, MessageStatus, Role
from tests.chat_room import Gate
from tests.document_room import (
    COLLECTION,
    OWNER,
    RoomOf,
)
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.document_room_fixtures"]


async def test_a_stopped_answer_keeps_its_text_and_sources(room_of: RoomOf) -> None:
    gate = Gate(1)
    pieces = ["The London bridge was opened in 1973. It is", " never"]
    room = room_of(model=ScriptedModel(script=lambda _: pieces, pace=gate.pass_one))
    async with aclosing(room.answers.ask(room.here, "When was the bridge opened?", Mode.NAIVE)) as answers:
        async for answer in answers:
            if answer.message.text:
                break
    stopped = room.branch[-1]
    assert (stopped.text, stopped.status) == (pieces[0], MessageStatus.STOPPED)
    assert room.record(stopped).citations[0].passage is not None
    assert room.scripted.num_closed == 1
    assert not room.live.is_taken(room.id)


async def test_one_stopped_before_it_was_written_has_no_words_of_the_search(room_of: RoomOf) -> None:
    room = room_of()
    await room.say("When was the bridge opened?")
    room.scripted.pace = Gate(1).pass_one
    room.scripted.script = lambda _: ["How long", " is it"]
    async with aclosing(room.answers.ask(room.here, "And how long is it?", Mode.NAIVE)) as answers:
        async for _ in answers:
            if len(room.prompts) == 2:
                break
    assert (room.branch[-1].text, room.branch[-1].status) == ("", MessageStatus.STOPPED)


async def test_faults_end_in_an_answer_that_says_so(room_of: RoomOf) -> None:
    room = room_of(lambda _: ["half ", EngineDied()])
    answer = await room.say("When was the bridge opened?")
    assert (answer.message.text, answer.message.error_key) == ("half ", EngineDied.key)
    assert room.branch[-1].status is MessageStatus.FAILED
    empty = room_of(passages=())
    answer = await empty.say("When was the bridge opened?")
    assert (answer.message.status, answer.message.error_key) == (MessageStatus.FAILED, NothingToSearch.key)


async def test_marks_that_a_model_writes_are_not_shown(room_of: RoomOf) -> None:
    room = room_of(lambda _: ["The London bridge was opened in 1973 [7]."])
    answer = await room.say("When was the bridge opened?")
    assert answer.message.text == "The London bridge was opened in 1973."
    assert room.record(answer.message).collection_id == COLLECTION


@dataclass
class Shelf:
    """The documents that are left."""

    ids: set[str]

    def get(self, owner: str, document_id: str) -> Document:
        if document_id not in self.ids:
            raise DocumentNotFound
        return Document(COLLECTION, "x", "pdf", id=document_id)


async def test_how_an_answer_came_about_is_forgotten_with_the_document_it_came_from(room_of: RoomOf) -> None:
    room = room_of()
    first = await room.say("When was the London bridge opened?", Mode.NAIVE, "d1")
    second = await room.say("When did Nikola Tesla move to New York?", Mode.NAIVE, "d2")
    refreshed: list[tuple[str, str]] = []

    def forget(ids: set[str], collection_id: str = COLLECTION) -> list[bool]:
        def refresh(owner: str, collection_id: str) -> None:
            refreshed.append((owner, collection_id))

        Forgetting(room.store, Shelf(ids), refresh, Upkeep()).forget(OWNER, collection_id)
        return [room.store.record(OWNER, room.id, one.message.id) is not None for one in (first, second)]

    assert forget({"d1", "d2"}) == [True, True]
    assert forget(set(), "another collection") == [True, True]
    assert forget({"d1"}) == [True, False]
    assert forget(set()) == [False, False]
    assert refreshed == [(OWNER, COLLECTION), (OWNER, "another collection"), (OWNER, COLLECTION), (OWNER, COLLECTION)]
    assert [message.text for message in room.branch[1::2]] == [first.message.text, second.message.text]


async def test_an_agents_record_goes_with_the_document_that_it_quotes(room_of: RoomOf) -> None:
    store = room_of().store
    asked = store.create(OWNER, room="agent").id
    question = Message(Role.USER, "What do my notes say?")
    answers = [Message(Role.ASSISTANT, "They say so.", parent_id=question.id) for _ in range(2)]
    store.add(OWNER, asked, question, *answers)
    for answer, document_id in zip(answers, ("d1", ""), strict=True):
        store.put_record(OWNER, asked, answer.id, {"runs": [], "sources": [{"document_id": document_id}]})
    Forgetting(store, Shelf(set()), lambda *_: None, Upkeep(), ("agent",)).forget(OWNER, COLLECTION)
    assert [store.record(OWNER, asked, answer.id) is None for answer in answers] == [True, False]
