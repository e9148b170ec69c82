"""How answers from documents end: stopped, failed, cleaned; and what is forgotten of them with a document."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from errors import CollectionNotFound, EngineDied, NothingToSearch
from rag.forgetting import Forgetting
from rag.modes import Mode
from rag.upkeep import Upkeep
from storage.document_records import Document
from storage.records import MessageStatus
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
    """The documents of one collection, None when it is gone."""

    ids: set[str] | None

    def listed(self, owner: str, collection_id: str) -> list[Document]:
        if self.ids is None:
            raise CollectionNotFound
        return [Document(collection_id, "x", "pdf", id=one) for one in self.ids]


async def test_how_an_answer_came_about_is_forgotten_with_the_document_it_came_from(room_of: RoomOf) -> None:
    room = room_of()
    first = await room.say("When was the London bridge opened?", Mode.NAIVE, "d1")
    second = await room.say("When did Nikola Tesla move to New York?", Mode.NAIVE, "d2")
    refreshed: list[tuple[str, str]] = []

    def forget(ids: set[str] | None, collection_id: str = COLLECTION) -> list[bool]:
        def refresh(owner: str, collection_id: str) -> None:
            refreshed.append((owner, collection_id))

        Forgetting(room.store, Shelf(ids), refresh, Upkeep()).forget(OWNER, collection_id)
        return [room.store.record(OWNER, room.id, one.message.id) is not None for one in (first, second)]

    assert forget({"d1", "d2"}) == [True, True]
    assert forget(None, "another collection") == [True, True]
    assert forget({"d1"}) == [True, False]
    assert forget(None) == [False, False]
    assert refreshed == [(OWNER, COLLECTION), (OWNER, "another collection"), (OWNER, COLLECTION), (OWNER, COLLECTION)]
    assert [message.text for message in room.branch[1::2]] == [first.message.text, second.message.text]
