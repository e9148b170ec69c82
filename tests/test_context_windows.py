"""What each memory still sees in a small window: the Chat's own rules, over a model that counts words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.memory import turns_of
from chains.options import MemoryKind
from chains.room_model import RoomModel
from chains.run_record import Part
from errors import EngineDied, TooManyTurns
from playground.context import MAX_TURNS, ContextQuestion, ContextView, ContextWindows, Sight, turns_in
from playground.panel_options import ContextOptions
from storage.records import Role
from tests.scripted_model import ScriptedModel

TURN_WORDS = 20
CONTEXT_TOKENS = 512
PARAGRAPH = st.text(st.sampled_from("a .\n¿?é"), min_size=1).filter(lambda text: text.strip())


def talk(num_turns: int) -> str:
    """Each turn is twenty words: half a question, half an answer."""
    half = " ".join(["word"] * (TURN_WORDS // 2 - 1))
    return "\n\n".join(f"q{number} {half}\n\na{number} {half}" for number in range(num_turns))


def asked(conversation: str, text: str = "why not", *, is_chat: bool = True, **options: Any) -> ContextQuestion:
    return ContextQuestion(text, is_chat, ContextOptions(conversation=conversation, **options))


def room_model(model: ScriptedModel | None = None) -> RoomModel:
    model = model or ScriptedModel()
    return RoomModel(model, model, "test/scripted", CONTEXT_TOKENS)


async def views(question: ContextQuestion, model: ScriptedModel | None = None) -> list[ContextView]:
    windows = ContextWindows(room_model(model))
    return [view async for view in windows.views("ana", question)]


def sight_of(view: ContextView, memory: MemoryKind) -> Sight:
    return next(sight for sight in view.sights if sight.memory is memory)


def said(sight: Sight) -> str:
    return b"".join(text for run in sight.prompt for text in run.texts).decode()


async def test_each_memory_keeps_what_the_chat_keeps() -> None:
    model = ScriptedModel(script=lambda _: ["what was said"])
    *_, view = await views(asked(talk(8), window_tokens=160, answer_tokens=40, window_turns=2), model)
    assert [turn.num_tokens for turn in view.turns] == [TURN_WORDS] * 8
    everything, window, none = (
        sight_of(view, memory) for memory in (MemoryKind.EVERYTHING, MemoryKind.WINDOW, MemoryKind.NONE)
    )
    assert everything.num_tokens <= 160 - 40 < everything.num_tokens + TURN_WORDS + 2
    assert everything.parts[Part.HISTORY] == TURN_WORDS * (8 - everything.first_seen)
    assert (window.first_seen, none.first_seen) == (6, 8)
    assert "q6 word" in said(window)
    assert "a5" not in said(window)
    assert view.excess == view.num_tokens + 40 - 160 > 0


async def test_the_models_summary_stands_for_the_oldest_turns() -> None:
    model = ScriptedModel(script=lambda request: [str(request.count("Human: q"))])
    *progress, view = await views(asked(talk(8), window_tokens=240, answer_tokens=40), model)
    summary = sight_of(view, MemoryKind.SUMMARY)
    assert summary.num_summarized
    assert summary.first_seen == summary.num_summarized <= 6, "the newest two are never summed up"
    assert summary.summary == str(summary.num_summarized)
    assert summary.parts[Part.SUMMARY]
    assert (progress[0].num_summarized, progress[-1].num_summarized) == (0, summary.num_summarized)
    assert view.num_summarized is None


async def test_a_long_talk_is_summed_up_piece_by_piece_and_only_once() -> None:
    model = ScriptedModel(script=lambda _: ["short"])
    windows = ContextWindows(room_model(model))
    question = asked(talk(12), window_tokens=200, answer_tokens=40)
    first = [view async for view in windows.views("ana", question)]
    num_calls = len(model.prompts)
    assert num_calls == len(first) - 2 > 1
    assert [view async for view in windows.views("ana", question)] == first
    assert len(model.prompts) == num_calls
    assert all("is_background" not in options for options in model.options)
    assert [view async for view in windows.views("bella", question)] == first
    assert len(model.prompts) == 2 * num_calls, "what was written for somebody is kept for them"


async def test_no_summary_is_written_where_everything_fits() -> None:
    model = ScriptedModel()
    *_, view = await views(asked(talk(2), window_tokens=500), model)
    assert model.prompts == []
    assert view.excess == 0
    assert [sight.first_seen for sight in view.sights] == [0, 0, 0, 2]


async def test_a_question_beyond_the_window_is_told_by_its_length() -> None:
    *_, view = await views(asked(talk(3), "long " * 200, window_tokens=100))
    for sight in view.sights:
        assert sight.too_long is not None
        assert sight.too_long.values["limit"] == 100 - 50
        assert sight.prompt == ()
        assert sight.first_seen == 3


async def test_a_window_is_never_larger_than_the_models_own() -> None:
    *_, view = await views(asked(talk(3), window_tokens=4_096, answer_tokens=1_024))
    assert view.window_tokens == CONTEXT_TOKENS
    assert view.answer_tokens == view.window_tokens // 2


async def test_of_a_text_whole_sentences_are_seen() -> None:
    text = "One is first. Two is second. " * 40 + "The last"
    (view,) = await views(asked("", text, is_chat=False, window_tokens=64, answer_tokens=16, window_turns=4))
    assert [sight.memory for sight in view.sights] == [MemoryKind.EVERYTHING, MemoryKind.WINDOW, MemoryKind.NONE]
    everything, window, none = view.sights
    assert text.endswith(said(everything))
    assert said(everything).startswith(("One", "Two"))
    assert 64 - 16 - 3 <= everything.num_tokens <= 64 - 16
    assert said(window) == "One is first. Two is second. " * 2 + "The last"
    assert said(none) == "The last"


@pytest.mark.parametrize("is_chat", [True, False])
async def test_nothing_at_all_is_no_fault(is_chat: bool) -> None:
    *_, view = await views(asked("", "", is_chat=is_chat))
    assert view.turns == ()


async def test_a_model_that_dies_says_so() -> None:
    with pytest.raises(EngineDied):
        await views(asked(talk(12), window_tokens=200), ScriptedModel(script=lambda _: [EngineDied()]))


# --- what somebody wrote ---------------------------------------------------------------------------------------------


@given(st.lists(PARAGRAPH, max_size=5).map("\n\n".join))
def test_a_text_is_only_cut_never_changed(text: str) -> None:
    turns = turns_in(text, is_chat=False)
    assert "".join(message.text for turn in turns for message in turn) == text or not text.strip()


def test_a_very_long_text_has_pieces_that_can_be_counted() -> None:
    text = "No. " * 5_000
    turns = turns_in(text, is_chat=False)
    assert MAX_TURNS // 2 < len(turns) <= MAX_TURNS
    assert "".join(turn[0].text for turn in turns) == text


def test_paragraphs_are_said_in_turn() -> None:
    turns = turns_in("\n one\nline \n \n\n two\n\nthree", is_chat=True)
    messages = [message for turn in turns for message in turn]
    assert turns == turns_of(messages)
    assert [(message.role, message.text) for message in messages] == [
        (Role.USER, "one\nline "),
        (Role.ASSISTANT, "two"),
        (Role.USER, "three"),
    ]


def test_more_turns_than_can_be_drawn_are_refused() -> None:
    assert len(turns_in(talk(MAX_TURNS), is_chat=True)) == MAX_TURNS
    with pytest.raises(TooManyTurns):
        turns_in(talk(MAX_TURNS + 1), is_chat=True)
