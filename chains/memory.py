"""What of a conversation the model is given: the memory that was chosen, fitted into the model's window.

The kinds are those of the classic LangChain memories: buffer (everything), buffer window, summary, none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

from chains.composition import Composition, Frame, Turn, compose
from chains.options import ConversationOptions, MemoryKind
from errors import PromptTooLong
from models.prompt_reading import PromptToken
from storage.records import Message, Role

ReadPrompt = Callable[[list[BaseMessage], bool], Awaitable[tuple[PromptToken, ...]]]


@dataclass(frozen=True)
class Fitted:
    """A prompt within the window, its tokens, and how many older messages it leaves out."""

    composition: Composition
    tokens: tuple[PromptToken, ...]
    num_left_out: int


def turns_of(messages: Sequence[Message]) -> list[Turn]:
    """A question and whatever answers it, together: what is left out is left out whole."""
    turns: list[list[Message]] = []
    for message in messages:
        if message.role is Role.USER or not turns:
            turns.append([])
        turns[-1].append(message)
    return [tuple(turn) for turn in turns]


def recalled(messages: Sequence[Message], options: ConversationOptions, summarized_until: str | None) -> list[Turn]:
    """The turns that this kind of memory offers, oldest first; a summary stands for those it covers."""
    turns = turns_of(messages)
    if options.memory is MemoryKind.NONE:
        return []
    if options.memory is MemoryKind.WINDOW:
        return turns[-options.window_turns :]
    if keeps_summary(options):
        return turns[num_summarized(turns, summarized_until) :]
    return turns


def keeps_summary(options: ConversationOptions) -> bool:
    """True when a running summary is in use; plain text that is only continued has no place for one."""
    has_names = bool(options.human_name or options.ai_name)
    return options.memory is MemoryKind.SUMMARY and (options.mode != "completion" or has_names)


def num_summarized(turns: Sequence[Turn], summarized_until: str | None) -> int:
    """How many of the first ``turns`` the summary covers; none on a branch that does not hold its last message."""
    for number, turn in enumerate(turns):
        if any(message.id == summarized_until for message in turn):
            return number + 1
    return 0


async def fit(
    frame: Frame, turns: Sequence[Turn], question: str, options: ConversationOptions, within: tuple[int, ReadPrompt]
) -> Fitted:
    """Keep as many of the newest ``turns`` as the tokens allow. ``within`` is that number, and who reads a prompt.

    Raises PromptTooLong when even the question alone does not fit.
    """
    max_tokens, read = within
    num_dropped = 0
    while True:
        composition = compose(frame, turns[num_dropped:], question, options)
        tokens = await read(composition.messages, composition.is_completion)
        excess = len(tokens) - max_tokens
        if excess <= 0:
            num_left_out = sum(1 for turn in turns[:num_dropped] for message in turn if message.text)
            return Fitted(composition, tokens, num_left_out)
        if num_dropped == len(turns):
            raise PromptTooLong(length=len(tokens), limit=max_tokens)
        num_dropped += _num_turns_worth(excess, composition, tokens, len(turns) - num_dropped)


def _num_turns_worth(excess: int, composition: Composition, tokens: Sequence[PromptToken], num_turns: int) -> int:
    """How many of the oldest turns make up ``excess`` tokens with their markers, at least one."""
    begins: dict[int, int] = {}
    for index, section in enumerate(composition.section_of(tokens)):
        if section is not None and section.turn is not None:
            begins.setdefault(section.turn, index)
    if not begins:
        return 1
    first = begins[min(begins)]
    saving = (turn for turn, begin in sorted(begins.items()) if begin - first >= excess)
    return max(1, next(saving, num_turns))
