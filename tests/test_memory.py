from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import BaseMessage

from chains.composition import Frame, Section, Turn, compose
from chains.memory import Fitted, fit, keeps_summary, num_summarized, recalled, turns_of
from chains.options import ConversationOptions, MemoryKind
from chains.run_record import Part
from errors import PromptTooLong
from models.prompt_reading import PromptToken
from storage.records import Message, Role
from tests.scripted_model import ScriptedModel

FRAME = Frame((Section(Part.SYSTEM, "be brief"),), (), "Conversation:")
WORDS = st.integers(1, 12).map(lambda count: " ".join(["word"] * count))
TURNS = st.lists(st.tuples(WORDS, WORDS), max_size=8)
FORMS = st.sampled_from([ConversationOptions(), ConversationOptions(human_name="Ana", ai_name="Bot")])


def turn(question: str, *answers: str) -> Turn:
    return (Message(Role.USER, question), *(Message(Role.ASSISTANT, answer) for answer in answers))


async def read(messages: list[BaseMessage], is_completion: bool) -> tuple[PromptToken, ...]:
    return await ScriptedModel().aread_prompt(messages, is_completion=is_completion)


async def fitted(
    turns: Sequence[Turn], max_tokens: int, options: ConversationOptions | None = None, question: str = "why not"
) -> Fitted:
    return await fit(FRAME, turns, question, options or ConversationOptions(), (max_tokens, read))


async def size_of(turns: Sequence[Turn], options: ConversationOptions, question: str = "why not") -> int:
    return len(await read(compose(FRAME, turns, question, options).messages, False))


@given(texts=TURNS, max_tokens=st.integers(0, 250), options=FORMS)
async def test_as_many_whole_turns_are_kept_as_fit(
    texts: list[tuple[str, str]], max_tokens: int, options: ConversationOptions
) -> None:
    turns = [turn(*pair) for pair in texts]
    if await size_of([], options) > max_tokens:
        with pytest.raises(PromptTooLong):
            await fitted(turns, max_tokens, options)
        return
    found = await fitted(turns, max_tokens, options)
    num_dropped, remainder = divmod(found.num_left_out, 2)
    assert remainder == 0
    assert len(found.tokens) <= max_tokens
    assert found.composition.messages == compose(FRAME, turns[num_dropped:], "why not", options).messages
    if num_dropped:
        assert await size_of(turns[num_dropped - 1 :], options) > max_tokens


@given(
    turns=st.lists(st.lists(st.sampled_from(["", "a", "b c d"]), min_size=1, max_size=3).map(lambda t: turn(*t))),
    max_tokens=st.integers(0, 60),
    options=st.sampled_from(
        [ConversationOptions(mode=mode, human_name=name) for mode in ("chat", "completion") for name in ("", "Ana")]
    ),
)
async def test_no_prompt_is_ever_over_its_budget(
    turns: list[Turn], max_tokens: int, options: ConversationOptions
) -> None:
    try:
        found = await fitted(turns, max_tokens, options)
    except PromptTooLong:
        alone = compose(FRAME, [], "why not", options)
        assert len(await read(alone.messages, alone.is_completion)) > max_tokens
    else:
        assert len(found.tokens) <= max_tokens


async def test_an_answer_that_never_began_is_not_counted_as_left_out() -> None:
    turns = [turn("a " * 50, ""), turn("b", "c")]
    assert (await fitted(turns, 20)).num_left_out == 1


async def test_a_question_that_does_not_fit_alone_tells_how_long_it_is() -> None:
    with pytest.raises(PromptTooLong) as caught:
        await fitted([turn("a", "b")], 10, question="word " * 20)
    assert caught.value.values == {"length": 2 + 2 + 21, "limit": 10}


async def test_a_long_conversation_is_fitted_in_a_few_readings() -> None:
    readings = []

    async def counting(messages: list[BaseMessage], is_completion: bool) -> tuple[PromptToken, ...]:
        readings.append(len(messages))
        return await read(messages, is_completion)

    turns = [turn("word " * 10, "word " * 10) for _ in range(500)]
    found = await fit(FRAME, turns, "why", ConversationOptions(), (1_000, counting))
    assert found.num_left_out > 900
    assert len(readings) == 2


# --- what is offered --------------------------------------------------------------------------------------------------


def test_a_turn_is_a_question_with_what_answers_it() -> None:
    one, two = turn("a", "b"), turn("c", "d", "e")
    orphan = Message(Role.ASSISTANT, "imported")
    assert turns_of([orphan, *one, *two]) == [(orphan,), one, two]
    assert turns_of([]) == []


@given(num_turns=st.integers(0, 12), window=st.integers(1, 8))
def test_a_window_holds_the_last_turns(num_turns: int, window: int) -> None:
    turns = [turn(f"q{number}", "a") for number in range(num_turns)]
    messages = [message for one in turns for message in one]
    options = ConversationOptions(memory=MemoryKind.WINDOW, window_turns=window)
    assert recalled(messages, options, None) == turns[max(0, num_turns - window) :]
    assert recalled(messages, ConversationOptions(memory=MemoryKind.NONE), None) == []
    assert recalled(messages, ConversationOptions(), None) == turns


def test_a_summary_stands_for_the_turns_up_to_its_last_message() -> None:
    turns = [turn("a", "b"), turn("c", "d"), turn("e", "f")]
    messages = [message for one in turns for message in one]
    options = ConversationOptions(memory=MemoryKind.SUMMARY)
    assert recalled(messages, options, turns[1][1].id) == turns[2:]
    assert recalled(messages, options, None) == turns
    assert recalled(messages, options, "a message of another branch") == turns
    assert recalled(messages, ConversationOptions(), turns[1][1].id) == turns, "another memory has no summary"
    assert num_summarized(turns, turns[0][0].id) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ConversationOptions(memory=MemoryKind.SUMMARY), True),
        (ConversationOptions(memory=MemoryKind.SUMMARY, mode="completion"), False),
        (ConversationOptions(memory=MemoryKind.SUMMARY, mode="completion", human_name="Ana"), True),
        (ConversationOptions(), False),
    ],
)
def test_plain_text_that_is_continued_has_no_place_for_a_summary(options: ConversationOptions, expected: bool) -> None:
    assert keeps_summary(options) is expected
