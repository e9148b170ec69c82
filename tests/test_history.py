from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from chains.history import fit_history
from errors import PromptTooLong


def count_characters(messages: list[BaseMessage]) -> int:
    return sum(len(message.text) for message in messages)


def conversation(*texts: str) -> list[BaseMessage]:
    kinds = (HumanMessage, AIMessage)
    return [SystemMessage("system"), *(kinds[i % 2](text) for i, text in enumerate(texts))]


def texts(messages: list[BaseMessage]) -> list[str]:
    return [message.text for message in messages]


def test_everything_stays_while_it_fits() -> None:
    messages = conversation("question", "answer", "next")
    assert fit_history(messages, 100, count_characters) == messages


def test_the_oldest_turns_go_and_a_turn_goes_whole() -> None:
    messages = conversation("aaaa", "bbbb", "cccc", "dddd", "eeee")
    assert texts(fit_history(messages, 6 + 12, count_characters)) == ["system", "cccc", "dddd", "eeee"]
    assert texts(fit_history(messages, 6 + 11, count_characters)) == ["system", "eeee"]


def test_a_question_that_alone_does_not_fit_is_refused_with_its_length() -> None:
    with pytest.raises(PromptTooLong) as caught:
        fit_history(conversation("aaaa", "bbbb", "c" * 50), 20, count_characters)
    assert caught.value.values == {"length": 56, "limit": 20}


@given(st.lists(st.text("x", max_size=20), min_size=1, max_size=15), st.integers(6, 200))
def test_what_is_kept_is_the_longest_ending_that_fits(turns: list[str], limit: int) -> None:
    messages = conversation(*turns, *([] if len(turns) % 2 else ["question"]))
    try:
        kept = fit_history(messages, limit, count_characters)
    except PromptTooLong:
        assert count_characters([messages[0], messages[-1]]) > limit
        return
    assert kept == [messages[0], *messages[len(messages) - len(kept) + 1 :]]
    assert isinstance(kept[1], HumanMessage)
    assert count_characters(kept) <= limit
    dropped = len(messages) - len(kept)
    assert not dropped or count_characters([messages[0], *messages[dropped - 1 :]]) > limit
