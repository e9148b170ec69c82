"""Fits a conversation into the model's window by leaving out the oldest turns.

Not LangChain's ``trim_messages``: it counts slices of the reversed list, and the chat templates of several models
refuse messages whose speakers are out of order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TypeAlias

from langchain_core.messages import BaseMessage, HumanMessage

from errors import PromptTooLong

TokenCounter: TypeAlias = Callable[[list[BaseMessage]], int]


def fit_history(messages: list[BaseMessage], max_tokens: int, count_tokens: TokenCounter) -> list[BaseMessage]:
    """Keep the system prompt, the newest question and as many whole turns before it as ``max_tokens`` allow.

    ``messages`` is the whole prompt, the system's first and the question last; ``count_tokens`` counts a prompt as
    the model will read it, markers included. Raises PromptTooLong when system prompt and question alone do not fit.
    """
    system, turns = messages[:1], messages[1:]
    starts = [index for index, message in enumerate(turns) if isinstance(message, HumanMessage)]

    def fits(start: int) -> bool:
        return count_tokens(system + turns[start:]) <= max_tokens

    first_that_fits = bisect_left(starts, True, key=fits)
    if first_that_fits == len(starts):
        raise PromptTooLong(length=count_tokens(system + turns[starts[-1] :]), limit=max_tokens)
    return system + turns[starts[first_that_fits] :]
