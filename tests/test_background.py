from __future__ import annotations

from chains.options import ConversationOptions, MemoryKind
from chains.prompts import TITLE_REQUEST
from errors import EngineDied
from storage.records import Conversation, TitleSource
from tests.chat_room import OWNER, ChatRoom, Gate, RoomOver
from tests.scripted_model import Script, ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]

SUMMARY = ConversationOptions(memory=MemoryKind.SUMMARY)


def conversation_of(room: ChatRoom) -> Conversation:
    return room.store.get(OWNER, room.id)


def titled(title: str | Exception) -> Script:
    """Proposes ``title``, and no summary."""
    return lambda request: [title] if request == TITLE_REQUEST["en"] else [""]


# --- title ------------------------------------------------------------------------------------------------------------


async def test_the_title_is_asked_at_the_end_of_the_conversation_itself(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(background_script=titled("Keeping bees")))
    answer = await room.say("How do I keep bees?")
    conversation = conversation_of(room)
    assert (conversation.title, conversation.title_source) == ("Keeping bees", TitleSource.MODEL)
    told = [("assistant", answer.text), ("user", TITLE_REQUEST["en"])]
    assert room.background_prompts == [room.prompts[0] + told], "so that nothing is read twice"
    options = room.model.options[1]
    assert (options["is_background"], options["owner"]) == (True, OWNER)


async def test_a_title_is_asked_for_once(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(background_script=titled("Keeping bees")))
    await room.say("One")
    await room.say("Two")
    assert len(room.background_prompts) == 1


async def test_what_is_no_title_leaves_the_first_words_and_is_tried_once_more(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(background_script=titled("Sure! Here is what I know of bees, in many words.")))
    for number in range(4):
        await room.say(f"Question {number}")
    assert conversation_of(room).title == "Question 0"
    assert conversation_of(room).title_source is TitleSource.WORDS
    assert len(room.background_prompts) == 2


async def test_a_persons_title_stays(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(background_script=titled("Keeping bees")))
    room.conversations.rename(OWNER, room.id, "Mine")
    await room.say("One")
    assert conversation_of(room).title == "Mine"
    assert room.background_prompts == []


async def test_a_title_that_a_person_gives_meanwhile_stays(room_over: RoomOver) -> None:
    room = room_over()

    def rename_first(request: str) -> list[str]:
        room.conversations.rename(OWNER, room.id, "Mine")
        return ["Keeping bees"]

    room.model.background_script = rename_first
    await room.say("One")
    assert conversation_of(room).title == "Mine"


async def test_a_conversation_without_memory_is_named_after_its_messages(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(background_script=titled("Keeping bees")))
    room.choose(ConversationOptions(memory=MemoryKind.NONE, human_name="Ana"))
    await room.say("How do I keep bees?")
    assert ("user", "How do I keep bees?") in room.background_prompts[0]


async def test_nothing_is_made_of_an_answer_that_failed_or_was_left(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["half ", EngineDied()], background_script=titled("Bees")))
    await room.say("One")
    room.model.script, room.model.pace = (lambda _: ["half ", "two"]), Gate(1).pass_one
    await room.leave(room.replies.ask(room.here, {"question": "Two"}), "half")
    await room.replies.background.settled(room.id)
    assert room.background_prompts == []


async def test_text_that_is_only_continued_gets_no_title_of_the_model(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(background_script=titled("Bees")))
    room.choose(ConversationOptions(mode="completion"))
    await room.say("Once upon")
    assert room.background_prompts == []


# --- summary ----------------------------------------------------------------------------------------------------------


def summing(request: str) -> list[str]:
    """Tells how many summaries it is made of and which questions are new to it."""
    before = request.split("Summary so far:\n")[1].split("\n")[0]
    return [f"{before}{'+' if before else ''}{sorted(set(request.split()) & {'q1', 'q2', 'q3', 'q4', 'q5', 'q6'})}"]


async def long_talk(room_over: RoomOver, num_turns: int) -> ChatRoom:
    """Each turn takes a fifth of the window or so."""
    model = ScriptedModel(script=lambda _: ["word " * 20], background_script=summing)
    room = room_over(model, context_tokens=200)
    room.choose(SUMMARY)
    room.conversations.rename(OWNER, room.id, "No title, please")
    for number in range(1, num_turns + 1):
        await room.say(f"q{number} " + "x " * 9)
    return room


async def test_a_summary_is_made_before_it_is_needed_and_never_of_the_newest(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 2)
    assert room.background_prompts == []
    await room.say("q3 " + "x " * 9)
    conversation = conversation_of(room)
    assert conversation.summary == "['q1']"
    assert conversation.summary_until == room.branch[1].id
    assert all(message.num_left_out == 0 for message in room.branch)


async def test_the_next_question_is_asked_with_the_summary_in_place_of_its_turns(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 3)
    await room.say("q4")
    assert "Summary of the conversation so far:\n['q1']" in room.prompts[-1][0][1]
    assert [text[:2] for role, text in room.prompts[-1] if role == "user"] == ["q2", "q3", "q4"]


async def test_a_summary_grows_by_the_new_turns_alone(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 4)
    assert conversation_of(room).summary == "['q1']+['q2']"
    assert conversation_of(room).summary_until == room.branch[3].id


async def test_the_persons_own_summary_is_built_upon(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 3)
    room.conversations.write_summary(OWNER, room.id, " mine \n")
    await room.say("q4 " + "x " * 9)
    assert "Summary of the conversation so far:\nmine" in room.prompts[-1][0][1]
    assert conversation_of(room).summary == "mine+['q2']"


async def test_a_summary_written_before_there_was_one_is_told_and_built_upon(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 2)
    room.conversations.write_summary(OWNER, room.id, "mine")
    await room.say("q3 " + "x " * 9)
    assert room.prompts[-1][0][1].endswith("mine")
    assert [text[:2] for role, text in room.prompts[-1] if role == "user"] == ["q1", "q2", "q3"]
    assert conversation_of(room).summary == "mine+['q1']"


async def test_a_summary_that_a_person_writes_meanwhile_stays(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 2)

    def write_first(request: str) -> list[str]:
        room.conversations.write_summary(OWNER, room.id, "mine")
        return ["the model's"]

    room.model.background_script = write_first
    await room.say("q3 " + "x " * 9)
    assert (conversation_of(room).summary, conversation_of(room).summary_until) == ("mine", None)


async def test_an_emptied_summary_brings_its_turns_back(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 3)
    room.conversations.write_summary(OWNER, room.id, " ")
    await room.say("q4")
    assert "Summary" not in room.prompts[-1][0][1]
    assert room.prompts[-1][-3][1].startswith("q3")
    assert [text[:2] for role, text in room.prompts[-1] if role == "user"] == ["q1", "q2", "q3", "q4"]


async def test_another_branch_knows_nothing_of_the_summary(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 3)
    await room.hear(room.replies.edit(room.here, room.branch[0].id, "elsewhere"))
    await room.say("and on")
    assert "Summary" not in room.prompts[-1][0][1]
    assert [text for role, text in room.prompts[-1] if role == "user"] == ["elsewhere", "and on"]
    assert conversation_of(room).summary == "['q1']"


async def test_other_memories_make_no_summary(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 1)
    room.choose(ConversationOptions())
    for number in range(2, 7):
        await room.say(f"q{number} " + "x " * 9)
    assert room.background_prompts == []
    assert room.branch[-1].num_left_out > 0


async def test_a_failure_leaves_title_and_summary_as_they_were(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 3)
    before = conversation_of(room)
    room.model.background_script = lambda _: [EngineDied()]
    await room.say("q4 " + "x " * 9)
    after = conversation_of(room)
    assert (after.title, after.summary, after.summary_until) == (before.title, before.summary, before.summary_until)
    assert room.is_free


async def test_an_empty_summary_changes_nothing(room_over: RoomOver) -> None:
    room = await long_talk(room_over, 2)
    room.model.background_script = lambda _: [" \n"]
    await room.say("q3 " + "x " * 9)
    assert (conversation_of(room).summary, conversation_of(room).summary_until) == ("", None)
