from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.composition import Composition, Frame, Section, Turn, compose
from chains.options import ConversationOptions
from chains.run_record import Part
from models.prompt_reading import PromptToken
from storage.records import Message, Note, Role
from tests.chat_room import OWNER, ChatRoom, RoomOver
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]

SYSTEM = Section(Part.SYSTEM, "Be brief.")
NOTES = Section(Part.NOTES, "Known: bees")
TRANSCRIPT = ConversationOptions(human_name="Ana", ai_name="Bot")
TEXTS = st.text("ab ñ\n🐝{}", max_size=12)


def turn(question: str, answer: str) -> Turn:
    return (Message(Role.USER, question), Message(Role.ASSISTANT, answer))


def said(composition: Composition) -> list[tuple[str, str]]:
    return [(message.type, message.text) for message in composition.messages]


def test_turns_come_after_the_system_message_and_the_examples() -> None:
    frame = Frame((SYSTEM, NOTES), (("1+1", "2"),))
    assert said(compose(frame, [turn("Hi", "Hello")], "Why?", ConversationOptions())) == [
        ("system", "Be brief.\n\nKnown: bees"),
        ("human", "1+1"),
        ("ai", "2"),
        ("human", "Hi"),
        ("ai", "Hello"),
        ("human", "Why?"),
    ]


def test_speakers_take_turns_whatever_failed_before() -> None:
    composition = compose(Frame((SYSTEM,)), [turn("One", ""), turn("Two", "half")], "Three", ConversationOptions())
    assert said(composition)[1:] == [("human", "One\n\nTwo"), ("ai", "half"), ("human", "Three")]


def test_a_transcript_writes_who_speaks_and_stops_where_the_person_would() -> None:
    frame = Frame((SYSTEM,), (("1+1", "2"),), "Conversation:")
    composition = compose(frame, [turn("Hi", "Hello")], "Why?", TRANSCRIPT)
    lines = "Conversation:\nAna: 1+1\nBot: 2\nAna: Hi\nBot: Hello\nAna: Why?\nBot:"
    assert said(composition) == [("system", "Be brief."), ("human", lines)]
    assert composition.stop == ("\nAna:",)
    as_text = compose(frame, [turn("Hi", "Hello")], "Why?", TRANSCRIPT.model_copy(update={"mode": "completion"}))
    assert said(as_text) == [("human", f"Be brief.\n{lines}")]
    assert as_text.is_completion


def test_one_name_is_enough_for_a_transcript() -> None:
    composition = compose(Frame((SYSTEM,)), [], "Hi", ConversationOptions(ai_name="Bot"))
    assert composition.messages[-1].text.endswith("Human: Hi\nBot:")


def test_a_completion_is_the_text_so_far_and_nothing_else() -> None:
    options = ConversationOptions(mode="completion")
    composition = compose(Frame((SYSTEM,)), [turn("Once upon", " a time")], " there", options)
    assert said(composition) == [("human", "Once upon a time there")]
    assert composition.is_completion


@given(
    frame=st.tuples(TEXTS, TEXTS, TEXTS),
    turns=st.lists(st.tuples(TEXTS, TEXTS), max_size=4),
    question=TEXTS,
    options=st.sampled_from(
        [ConversationOptions(mode=mode, human_name=name) for mode in ("chat", "completion") for name in ("", "Ana")]
    ),
)
def test_every_byte_of_the_prompt_is_of_the_part_it_came_from(
    frame: tuple[str, str, str], turns: list[tuple[str, str]], question: str, options: ConversationOptions
) -> None:
    system, asked, answered = frame
    around = Frame((Section(Part.SYSTEM, system),), ((asked, answered),), "Heading:")
    composition = compose(around, [turn(*pair) for pair in turns], question, options)
    tokens = byte_tokens(composition)
    texts: dict[Part, bytes] = {}
    for run in composition.by_part(tokens):
        texts[run.part] = texts.get(run.part, b"") + b"".join(run.texts)
    assert b"".join(b"".join(run.texts) for run in composition.by_part(tokens)) == b"".join(
        t.token_bytes for t in tokens
    )
    assert question.encode() in texts.get(Part.QUESTION, b"")
    history = texts.get(Part.HISTORY, b"")
    assert all(text.encode() in history for pair in turns for text in pair)


def byte_tokens(composition: Composition) -> list[PromptToken]:
    """A token a byte, and one of the template's own before each message."""
    tokens: list[PromptToken] = []
    for index, message in enumerate(composition.messages):
        tokens.append(PromptToken(0, b"<", None))
        tokens += [PromptToken(byte, bytes([byte]), index) for byte in message.text.encode()]
    return tokens


def test_what_stands_behind_the_last_message_is_the_answer() -> None:
    composition = compose(Frame((SYSTEM,)), [], "Hi", ConversationOptions())
    tokens = [*byte_tokens(composition), PromptToken(0, b"<", None), PromptToken(1, b"so", 2)]
    assert [run.part for run in composition.by_part(tokens)] == [
        Part.MARKERS,
        Part.SYSTEM,
        Part.MARKERS,
        Part.QUESTION,
        Part.MARKERS,
        Part.ANSWER,
    ]


# --- as it is sent ----------------------------------------------------------------------------------------------------


async def test_a_transcript_stops_at_the_persons_name_beside_what_was_chosen(room_over: RoomOver) -> None:
    room = room_over()
    chosen = {"stop": ("END",), "temperature": 0.5}
    room.choose(ConversationOptions(ai_name="Bot").with_sampling(chosen))
    await room.say("Hello")
    assert room.options[0]["stop"] == ["END", "\nHuman:"]
    assert room.options[0]["temperature"] == 0.5
    assert "is_completion" not in room.options[0]


async def test_a_completion_is_sent_without_a_template(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: [" a time"]))
    room.choose(ConversationOptions(mode="completion"))
    await room.say("Once upon")
    await room.say(" there")
    assert room.prompts == [[("user", "Once upon")], [("user", "Once upon a time there")]]
    assert room.options[1]["is_completion"] is True
    assert {part.part for part in room.record(room.branch[-1]).last.prompt} == {Part.HISTORY, Part.QUESTION}


@pytest.mark.parametrize(("uses_notes", "expected"), [(True, ["I keep bees"]), (False, [])])
async def test_notes_that_are_on_are_told(room_over: RoomOver, uses_notes: bool, expected: Sequence[str]) -> None:
    room = room_over()
    noted(room, "I keep bees")
    room.notes.change(OWNER, noted(room, "I am tired").id, is_on=False)
    room.notes.add("eve", "Not hers")
    room.choose(ConversationOptions(uses_notes=uses_notes))
    await room.say("Hello")
    system = room.prompts[0][0][1]
    assert [note for note in ("I keep bees", "I am tired", "Not hers") if note in system] == expected


def noted(room: ChatRoom, text: str) -> Note:
    return room.notes.add(OWNER, text)
