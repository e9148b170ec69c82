"""The model that is chosen in a conversation is the one that answers there, with those that stand in for it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

import pytest

from chains.fallback import in_order
from chains.options import ConversationOptions
from errors import EngineUnavailable, ModelQuotaSpent, ModelUnknown
from rag.modes import DocumentOptions
from storage.conversations import ConversationStore
from storage.records import MessageStatus
from tests.chat_room import OWNER, RoomOver
from tests.document_room import COLLECTION, PASSAGES, DocumentRoom, WordSearch
from tests.other_models import BASE, DOWN, DOWN_HERE, LONGEST, SECOND, model_that_is_down, other_models
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]


async def test_each_question_is_answered_by_the_model_chosen_then(room_over: RoomOver) -> None:
    room = room_over(others=other_models())
    assert (await room.say("Who?")).text == "You said: Who? "
    room.choose(ConversationOptions(model=SECOND))
    answer = await room.say("And who now?")
    assert answer.text == "I am the second."
    assert room.record(answer).last.model == SECOND
    assert room.record(answer).last.sampling["max_tokens"] == LONGEST, "its own limit, half of its window"
    room.choose(ConversationOptions())
    assert (await room.say("And now?")).text.startswith("You said")


async def test_the_meter_measures_for_the_model_that_is_chosen(room_over: RoomOver) -> None:
    room = room_over(others=other_models())
    room.choose(ConversationOptions(model=SECOND))
    measured = await room.replies.measure(room.here, {"question": "Hello?"})
    assert (measured.window, measured.reserved) == (2 * LONGEST, LONGEST)
    new = replace(room.here, conversation_id="")
    assert (await room.replies.measure(new, {"question": "Hello?"}, ConversationOptions(model=SECOND))).window == 400
    assert (await room.replies.measure(new, {"question": "Hello?"})).window == 10_000


async def test_a_base_model_continues_the_text(room_over: RoomOver) -> None:
    *_, base = [one for one in other_models() if one.name == BASE]
    room = room_over(others=(base,))
    room.choose(ConversationOptions(model=BASE))
    await room.say("Once upon a time")
    assert isinstance(base.model, ScriptedModel)
    assert base.model.options[0]["is_completion"]


async def test_a_model_that_is_gone_is_named_and_nothing_is_stored(room_over: RoomOver) -> None:
    room = room_over(others=other_models())
    room.choose(ConversationOptions(model="local/gone"))
    with pytest.raises(ModelUnknown, match="local/gone"):
        await room.say("Hello?")
    assert room.shape == []
    assert room.is_free


async def test_what_another_model_began_is_given_to_this_one_as_text(room_over: RoomOver) -> None:
    others = other_models()
    room = room_over(ScriptedModel(script=lambda _: ["One ", "two ", "three "], finish_reason="length"), others=others)
    begun = await room.say("Count.")
    assert begun.status is MessageStatus.CUT
    await room.hear(room.replies.resume(room.here, begun.id))
    assert room.options[-1]["prefill_ids"], "its own tokens are kept as they were"
    room.choose(ConversationOptions(model=SECOND))
    resumed = await room.hear(room.replies.resume(room.here, begun.id))
    model = others[0].model
    assert isinstance(model, ScriptedModel)
    assert "prefill_ids" not in model.options[0]
    assert model.options[0]["prefill"] == "One two three One two three "
    assert resumed.text == "One two three One two three I am the second."


# --- models that stand in --------------------------------------------------------------------------------------------


async def test_another_model_answers_and_the_record_says_for_whom_and_why(room_over: RoomOver) -> None:
    room = room_over(others=other_models())
    room.choose(ConversationOptions(model=DOWN, fallbacks=(SECOND,)))
    answer = await room.say("Who?")
    last = room.record(answer).last
    assert (answer.text, last.model) == ("I am the second.", SECOND)
    assert [(one.model, one.error) for one in last.missed] == [(DOWN, ModelQuotaSpent.key)]


async def test_another_model_answers_for_a_local_one_that_cannot_even_read_the_prompt(room_over: RoomOver) -> None:
    room = room_over(others=(model_that_is_down(), *other_models()))
    room.choose(ConversationOptions(model=DOWN_HERE, fallbacks=(DOWN, SECOND)))
    assert (await room.replies.measure(room.here, {"question": "Who?"})).parts
    answer = await room.say("Who are you?")
    last = room.record(answer).last
    assert (answer.text, answer.status, last.model) == ("I am the second.", MessageStatus.COMPLETE, SECOND)
    missed = [(DOWN_HERE, EngineUnavailable.key), (DOWN, ModelQuotaSpent.key)]
    assert [(one.model, one.error) for one in last.missed] == missed
    assert b"Who are you?" in b"".join(text for part in last.prompt for text in part.texts)


async def test_when_nobody_stands_in_the_question_is_kept_and_the_engine_is_named(room_over: RoomOver) -> None:
    room = room_over(others=(model_that_is_down(), *other_models()))
    for fallbacks in ((), (DOWN_HERE,)):
        room.choose(ConversationOptions(model=DOWN_HERE, fallbacks=fallbacks))
        answer = await room.say("Who?")
        assert (answer.status, answer.error_key) == (MessageStatus.FAILED, EngineUnavailable.key)


async def test_a_stopped_answer_knows_who_wrote_it_too(room_over: RoomOver) -> None:
    room = room_over(others=other_models())
    room.choose(ConversationOptions(model=DOWN, fallbacks=(SECOND,)))
    async with aclosing(room.replies.ask(room.here, {"question": "Who?"})) as answers:
        async for answer in answers:
            if answer.message.text:
                break
    stopped = room.branch[-1]
    assert stopped.status is MessageStatus.STOPPED
    last = room.record(stopped).last
    assert (last.model, [one.model for one in last.missed]) == (SECOND, [DOWN])


def test_a_model_that_follows_a_grammar_does_so_with_others_behind_it() -> None:
    class Held(ScriptedModel):
        grammar: str = ""

    first, second, *_ = other_models()
    assert in_order((replace(first, model=Held()), second)).takes_grammar
    assert not in_order((second, replace(first, model=Held()))).takes_grammar


# --- what a new conversation begins with -----------------------------------------------------------------------------


async def test_a_new_conversation_begins_with_the_model_of_the_one_written_in_last(room_over: RoomOver) -> None:
    room = room_over(others=other_models())
    names = (SECOND, BASE)
    assert room.conversations.begun("nobody", names, ConversationOptions()).model == ""
    room.conversations.start(OWNER, ConversationOptions(model=SECOND))
    assert room.conversations.begun(OWNER, names, ConversationOptions()).model == SECOND
    assert room.conversations.begun("bob", names, ConversationOptions()).model == "", "another's choice"
    assert room.conversations.begun(OWNER, (BASE,), ConversationOptions()).model == "", "it is gone"
    await room.say("Who?")
    assert room.conversations.begun(OWNER, names, ConversationOptions()).model == "", (
        "the one that was written in last has the usual one"
    )


# --- documents -------------------------------------------------------------------------------------------------------


async def test_documents_are_told_by_the_model_that_is_chosen(room_over: RoomOver) -> None:
    store: ConversationStore = room_over().store
    model = ScriptedModel()
    room = DocumentRoom(model, store, WordSearch(PASSAGES), model, others=(model_that_is_down(), *other_models()))
    options = {"collection_id": COLLECTION}
    store.change(OWNER, room.id, options=options | {"model": SECOND})
    answer = await room.say("When was the London bridge opened?")
    assert answer.message.text == "I am the second."
    assert room.record(answer.message).runs[-1].model == SECOND
    store.change(OWNER, room.id, options=options | {"model": DOWN_HERE, "fallbacks": [SECOND]})
    answer = await room.say("When was the Sydney bridge opened?")
    last = room.record(answer.message).runs[-1]
    assert (answer.message.text, last.model) == ("I am the second.", SECOND)
    assert [(one.model, one.error) for one in last.missed] == [(DOWN_HERE, EngineUnavailable.key)]
    gone = DocumentOptions(collection_id=COLLECTION, model="local/gone").model_dump(mode="json")
    store.change(OWNER, room.id, options=gone)
    with pytest.raises(ModelUnknown):
        await room.say("When was the London bridge opened?")
