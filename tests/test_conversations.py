from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import aclosing

import pytest

from chains.conversations import Conversations
from chains.options import ConversationOptions, MemoryKind
from errors import ConversationBusy, ConversationNotFound, MessageNotFound
from storage.records import MessageStatus, TitleSource
from tests.chat_room import OWNER, ChatRoom, RoomOver
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]


def titles(room: ChatRoom, search: str = "") -> list[str]:
    return [conversation.title for conversation in room.conversations.listed(OWNER, search)]


async def three_conversations(room: ChatRoom) -> list[str]:
    ids = [room.id]
    await room.say("One about bees")
    for text in ("Two about wasps", "Three about bees"):
        room.id = room.conversations.start(OWNER)
        ids.append(room.id)
        await room.say(text)
    return ids


async def test_the_list_begins_with_the_pinned_and_then_the_newest(room_over: RoomOver) -> None:
    room = room_over()
    first, second, third = await three_conversations(room)
    assert titles(room) == ["Three about bees", "Two about wasps", "One about bees"]
    room.conversations.pin(OWNER, first, is_pinned=True)
    assert titles(room) == ["One about bees", "Three about bees", "Two about wasps"]
    room.conversations.pin(OWNER, first, is_pinned=False)
    room.id = second
    await room.say("More")
    assert titles(room) == ["Two about wasps", "Three about bees", "One about bees"]
    assert titles(room, "BEES") == ["Three about bees", "One about bees"]
    assert third in [conversation.id for conversation in room.conversations.listed(OWNER)]


async def test_a_conversation_is_listed_once_something_was_asked(room_over: RoomOver) -> None:
    room = room_over()
    assert titles(room) == []
    await room.say("Hello")
    assert titles(room) == ["Hello"]
    room.conversations.undo(OWNER, room.id)
    assert titles(room) == ["Hello"], "what was undone is still in it"
    assert room.conversations.listed("eve") == ()


async def test_a_person_names_a_conversation(room_over: RoomOver) -> None:
    room = room_over()
    await room.say("Hello")
    room.conversations.rename(OWNER, room.id, "  The bees\nof   spring ")
    named = room.store.get(OWNER, room.id)
    assert (named.title, named.title_source) == ("The bees of spring", TitleSource.PERSON)
    room.conversations.rename(OWNER, room.id, " \n ")
    assert titles(room) == ["The bees of spring"]
    room.conversations.rename(OWNER, room.id, "x" * 1_000)
    assert len(titles(room)[0]) == 120


async def test_what_was_deleted_is_gone_until_it_is_restored(room_over: RoomOver) -> None:
    room = room_over()
    await room.say("Hello")
    before = room.conversations.shown(OWNER, room.id)
    assert room.conversations.delete(OWNER, room.id).title == "Hello"
    assert titles(room) == []
    with pytest.raises(ConversationNotFound):
        room.conversations.shown(OWNER, room.id)
    room.conversations.restore(OWNER, room.id)
    assert room.conversations.shown(OWNER, room.id).messages == before.messages


async def test_options_are_kept_with_the_conversation(room_over: RoomOver) -> None:
    room = room_over()
    assert room.conversations.shown(OWNER, room.id).options == ConversationOptions()
    options = ConversationOptions(memory=MemoryKind.WINDOW, window_turns=2)
    room.choose(options)
    assert room.conversations.shown(OWNER, room.id).options == options
    assert room.store.get(OWNER, room.id).options == {"memory": "window", "window_turns": 2}


async def test_each_room_has_its_own_conversations(room_over: RoomOver) -> None:
    room = room_over()
    said = await room.say("Hello")
    documents = Conversations(room.store, room.live, "documents")
    begun = documents.start(OWNER)
    documents.rename(OWNER, begun, "About rivers")
    assert [one.id for one in documents.listed(OWNER)] == [begun]
    assert titles(room) == ["Hello"]
    shown = room.conversations.shown(OWNER, room.id)
    copy = documents.add(OWNER, shown.conversation, shown.messages, {})
    assert {one.id for one in documents.listed(OWNER)} == {begun, copy.id}
    assert documents.fork(OWNER, copy.id, documents.shown(OWNER, copy.id).messages[-1].id).room == "documents"
    assert said.text == documents.shown(OWNER, copy.id).messages[-1].text


# --- branches ---------------------------------------------------------------------------------------------------------


async def test_moving_between_versions_shows_their_branches(room_over: RoomOver) -> None:
    room = room_over()
    first = await room.say("One")
    await room.say("Two")
    before = room.branch
    again = await room.hear(room.replies.again(room.here, first.id))
    room.conversations.show_version(OWNER, room.id, first.id)
    assert room.branch == before
    room.conversations.show_version(OWNER, room.id, again.id)
    assert room.branch == (*before[:1], again)


async def test_a_fork_is_a_conversation_of_its_own_with_the_records(room_over: RoomOver) -> None:
    room = room_over()
    first = await room.say("One")
    await room.say("Two")
    room.conversations.pin(OWNER, room.id, is_pinned=True)
    fork = room.conversations.fork(OWNER, room.id, first.id)
    original, record = room.branch, room.record(first)
    copied = room.conversations.shown(OWNER, fork.id).messages
    assert [message.text for message in copied] == ["One", "You said: One "]
    assert not {message.id for message in copied} & {message.id for message in original}
    assert (fork.title, fork.is_pinned) == ("One", False)
    assert room.conversations.record(OWNER, fork.id, copied[1].id) == record
    room.id, original_id = fork.id, room.id
    await room.say("Elsewhere")
    assert [text for _, text in room.prompts[2][1:]] == ["One", "You said: One ", "Elsewhere"]
    assert room.conversations.shown(OWNER, original_id).messages == original


async def test_undoing_gives_the_question_back_and_keeps_it_in_the_tree(room_over: RoomOver) -> None:
    room = room_over()
    await room.say("One")
    second = await room.say("Two")
    assert room.conversations.undo(OWNER, room.id) == "Two"
    assert [message.text for message in room.branch] == ["One", "You said: One "]
    assert room.conversations.undo(OWNER, room.id) == "One"
    assert not room.branch
    with pytest.raises(MessageNotFound):
        room.conversations.undo(OWNER, room.id)
    await room.say("Anew")
    assert [text for _, text in room.prompts[2][1:]] == ["Anew"]
    room.conversations.show_version(OWNER, room.id, second.id)
    assert room.branch[-1] == second


@pytest.mark.parametrize(("given", "kept"), [(1, 1), (-1, -1), (0, 0), (9, 1), (-9, -1)])
async def test_an_answer_is_rated_and_nothing_else_of_it_changes(room_over: RoomOver, given: int, kept: int) -> None:
    room = room_over()
    answer = await room.say("Hello")
    room.conversations.rate(OWNER, room.id, answer.id, given)
    assert room.branch[1].rating == kept
    assert room.branch[1].text == answer.text


async def test_while_an_answer_is_written_the_branch_stays(room_over: RoomOver) -> None:
    room = room_over()
    first = await room.say("One")
    async with aclosing(room.replies.ask(room.here, {"question": "Two"})) as answers:
        growing = (await anext(answers)).message
        for action in (
            lambda: room.conversations.show_version(OWNER, room.id, first.id),
            lambda: room.conversations.undo(OWNER, room.id),
            lambda: room.conversations.rate(OWNER, room.id, growing.id, 1),
        ):
            with pytest.raises(ConversationBusy):
                action()
        room.conversations.rate(OWNER, room.id, first.id, 1)
    assert room.branch[1].rating == 1


# --- what is shown ----------------------------------------------------------------------------------------------------


async def test_another_tab_sees_the_answer_as_far_as_it_is(
    room_over: RoomOver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chains.writing.SECONDS_BETWEEN_SAVES", math.inf)  # else a slow machine stores it on the way
    room = room_over(ScriptedModel(script=lambda _: ["one ", "two"]))
    async with aclosing(room.replies.ask(room.here, {"question": "Count"})) as answers:
        async for answer in answers:
            if answer.message.text and answer.message.status is MessageStatus.ANSWERING:
                assert room.branch[1].text == ""
                assert room.conversations.shown(OWNER, room.id).messages[1] == answer.message
    assert room.conversations.shown(OWNER, room.id).live is None


async def test_a_look_that_was_overtaken_shows_what_was_stored(room_over: RoomOver) -> None:
    room = room_over()
    async with aclosing(room.replies.ask(room.here, {"question": "Hello"})) as answers:
        early = await anext(answers)
        async for _ in answers:
            pass
    late = room.conversations.shown(OWNER, room.id)
    assert late.grown(early).messages == late.messages


# --- whose ------------------------------------------------------------------------------------------------------------

ACTIONS: dict[str, Callable[[ChatRoom, str, str, str], object]] = {
    "shown": lambda room, owner, id, _: room.conversations.shown(owner, id),
    "rename": lambda room, owner, id, _: room.conversations.rename(owner, id, "Mine"),
    "pin": lambda room, owner, id, _: room.conversations.pin(owner, id, is_pinned=True),
    "delete": lambda room, owner, id, _: room.conversations.delete(owner, id),
    "restore": lambda room, owner, id, _: room.conversations.restore(owner, id),
    "change_options": lambda room, owner, id, _: room.conversations.change_options(owner, id, ConversationOptions()),
    "write_summary": lambda room, owner, id, _: room.conversations.write_summary(owner, id, "Mine"),
    "rate": lambda room, owner, id, message: room.conversations.rate(owner, id, message, 1),
    "record": lambda room, owner, id, message: room.conversations.record(owner, id, message),
    "records": lambda room, owner, id, _: room.conversations.records(owner, id),
    "show_version": lambda room, owner, id, message: room.conversations.show_version(owner, id, message),
    "fork": lambda room, owner, id, message: room.conversations.fork(owner, id, message),
    "undo": lambda room, owner, id, _: room.conversations.undo(owner, id),
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_anothers_conversation_looks_like_one_that_does_not_exist(room_over: RoomOver, action: str) -> None:
    room = room_over()
    answer = await room.say("Hello")
    before = (room.store.get(OWNER, room.id), room.branch)
    for owner, wanted in (("eve", room.id), (OWNER, "no such id")):
        with pytest.raises(ConversationNotFound):
            ACTIONS[action](room, owner, wanted, answer.id)
    assert (room.store.get(OWNER, room.id), room.branch) == before


@pytest.mark.parametrize("action", ["rate", "show_version", "fork"])
async def test_a_message_of_another_conversation_is_not_found(room_over: RoomOver, action: str) -> None:
    room = room_over()
    answer = await room.say("Hello")
    elsewhere = room.conversations.start(OWNER)
    with pytest.raises(MessageNotFound):
        ACTIONS[action](room, OWNER, elsewhere, answer.id)
