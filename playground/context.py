"""What the model still sees of a conversation, or of a text, that is longer than its window: memory by memory.

Which turns are given, which are left out and what is summed up is decided by the Chat's own code, in ``chains``.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from langchain_core.messages import BaseMessage

from chains.composition import Frame, Turn, compose
from chains.framing import frame_of
from chains.memory import fit, num_summarized, recalled, turns_of
from chains.options import ConversationOptions, MemoryKind, SamplingChoice
from chains.room_model import RoomModel
from chains.run_record import Part, PromptTokens
from chains.sentences import sentences
from chains.summaries import DueSummary, Summaries
from errors import PromptTooLong, TooManyTurns
from models.prompt_reading import PromptToken
from playground.panel_options import ContextOptions
from storage.records import Conversation, Message, Role

MAX_TURNS = 200
MAX_KEPT = 64  # summaries: a slider that moves back shows what was shown before
BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True)
class ContextQuestion:
    """``text`` is asked after the conversation of ``options``; unless ``is_chat`` both are one text to go on with."""

    text: str
    is_chat: bool
    options: ContextOptions


@dataclass(frozen=True)
class ShownTurn:
    """A question with its answer, or a sentence of a text; ``num_tokens`` without the template's."""

    messages: tuple[tuple[Role, str], ...]
    num_tokens: int


class Fate(StrEnum):
    """What becomes of a turn."""

    SEEN = "seen"
    SUMMED = "summed"  # the summary stands for it
    LEFT_OUT = "left_out"


@dataclass(frozen=True)
class Sight:
    """What one ``memory`` gives the model: the turns from ``first_seen`` on; ``summary`` stands for the first ones.

    Where not even the question fits, nothing is given, and ``too_long`` says how long that is.
    """

    memory: MemoryKind
    first_seen: int
    num_summarized: int = 0
    summary: str = ""
    prompt: tuple[PromptTokens, ...] = ()
    too_long: PromptTooLong | None = None

    def fate(self, number: int) -> Fate:
        """Of the turn with this number."""
        if number >= self.first_seen:
            return Fate.SEEN
        return Fate.SUMMED if number < self.num_summarized else Fate.LEFT_OUT

    @property
    def parts(self) -> Mapping[Part, int]:
        """Tokens of the prompt."""
        counts: Counter[Part] = Counter()
        for run in self.prompt:
            counts[run.part] += len(run.texts)
        return counts

    @property
    def num_tokens(self) -> int:
        return sum(len(run.texts) for run in self.prompt)


@dataclass(frozen=True)
class ContextView:
    """``num_tokens`` is what asking with everything would take, of a window of ``window_tokens``.

    ``answer_tokens`` of them are kept for the answer; ``window_turns`` are given by the memory that counts turns. There
    is no sight of a memory that this form of prompt has no place for. ``num_summarized`` tells how far a summary is
    that is still being written, else None.
    """

    is_chat: bool
    turns: tuple[ShownTurn, ...]
    num_tokens: int
    window_tokens: int
    answer_tokens: int
    window_turns: int
    sights: tuple[Sight, ...] = ()
    num_summarized: int | None = None

    @property
    def excess(self) -> int:
        """How many tokens too many there are; 0 when everything fits."""
        return max(0, self.num_tokens + self.answer_tokens - self.window_tokens)


class ContextWindows:
    """Over ``room_model``, whose window can be made smaller. Raises TooManyTurns, and what the model raises."""

    def __init__(self, room_model: RoomModel) -> None:
        self._room_model = room_model
        self._written: OrderedDict[tuple[str, ...], str] = OrderedDict()

    async def views(self, owner: str, asked: ContextQuestion) -> AsyncGenerator[ContextView, None]:
        """Every memory's sight; the model writes the summary, and until it is done there are views without it."""
        room = self._room_model
        room = replace(room, context_tokens=min(room.context_tokens, asked.options.window_tokens))
        talk = _Talk.of(room, asked)
        view = await talk.whole()
        first = [await talk.sight(memory) for memory in (MemoryKind.EVERYTHING, MemoryKind.WINDOW)]
        last = await talk.sight(MemoryKind.NONE)
        if not asked.is_chat:
            yield replace(view, sights=(*first, last))
            return
        summary = _Summary()
        yield replace(view, sights=(*first, last), num_summarized=0)
        async for summary in self._summaries(owner, talk):
            covered = num_summarized(talk.turns, summary.until)
            yield replace(view, sights=(*first, last), num_summarized=covered)
        sights = (*first, await talk.sight(MemoryKind.SUMMARY, summary), last)
        yield replace(view, sights=sights)

    async def _summaries(self, owner: str, talk: _Talk) -> AsyncGenerator[_Summary, None]:
        """As the Chat makes them while a conversation grows, until nothing more is due."""
        summaries, summary = Summaries(talk.room), _Summary()
        while due := await talk.due(summaries, summary):
            written = await self._write(summaries, due, owner)
            if not written:
                return
            summary = _Summary(written, due.until)
            yield summary

    async def _write(self, summaries: Summaries, due: DueSummary, owner: str) -> str:
        key = (owner, *due.variables.values(), str(due.prompt), str(due.max_tokens))
        if key not in self._written:
            self._written[key] = await summaries.write(due, owner, is_background=False)
        self._written.move_to_end(key)
        while len(self._written) > MAX_KEPT:
            self._written.popitem(last=False)
        return self._written[key]


def turns_in(text: str, *, is_chat: bool) -> list[tuple[Message, ...]]:
    """Turns as somebody wrote them: paragraphs, the person's and the model's in turn; of a text, its sentences.

    Raises TooManyTurns. Of a text, neighbouring sentences count as one where there are too many.
    """
    if not is_chat:
        return [(Message(Role.USER, piece),) for piece in _pieces(text)]
    paragraphs = [paragraph for paragraph in BLANK_LINE.split(text.strip()) if paragraph]
    roles = (Role.USER, Role.ASSISTANT)
    turns = turns_of([Message(roles[number % 2], paragraph) for number, paragraph in enumerate(paragraphs)])
    if len(turns) > MAX_TURNS:
        raise TooManyTurns(limit=MAX_TURNS)
    return turns


def _pieces(text: str) -> list[str]:
    """``text`` cut before each of its sentences; joined they are ``text``."""
    starts = [sentence.start for sentence in sentences(text)]
    starts = starts[:: len(starts) // MAX_TURNS + 1]
    return [text[start:end] for start, end in pairwise([0, *starts[1:], len(text)]) if start < end]


@dataclass(frozen=True)
class _Summary:
    """``text`` stands for the messages up to ``until``."""

    text: str = ""
    until: str | None = None


@dataclass(frozen=True)
class _Talk:
    """One conversation before one question, in the window of ``room``."""

    room: RoomModel
    asked: ContextQuestion
    turns: Sequence[Turn]
    question: str

    @classmethod
    def of(cls, room: RoomModel, asked: ContextQuestion) -> _Talk:
        before = asked.options.conversation
        if asked.is_chat:
            return cls(room, asked, turns_in(before, is_chat=True), asked.text)
        between = "\n\n" if before.strip() and asked.text.strip() else ""
        turns = turns_in(f"{before}{between}{asked.text}", is_chat=False)
        return cls(room, asked, turns[:-1], turns[-1][0].text if turns else "")

    @property
    def history(self) -> list[Message]:
        return [message for turn in self.turns for message in turn]

    async def whole(self) -> ContextView:
        """How much everything is."""
        options = self._options(MemoryKind.EVERYTHING)
        composition = compose(self._frame(options, _Summary()), self.turns, self.question, options)
        tokens = await self._read(composition.messages, composition.is_completion)
        counts = Counter(section.turn for section in composition.section_of(tokens) if section is not None)
        shown = (
            ShownTurn(tuple((message.role, message.text) for message in turn), counts[number])
            for number, turn in enumerate(self.turns)
        )
        return ContextView(
            is_chat=self.asked.is_chat,
            turns=tuple(shown),
            num_tokens=len(tokens),
            window_tokens=self.room.context_tokens,
            answer_tokens=options.sampling.max_tokens or 0,
            window_turns=options.window_turns,
        )

    async def sight(self, memory: MemoryKind, summary: _Summary | None = None) -> Sight:
        """What ``memory`` gives."""
        options, summary = self._options(memory), summary or _Summary()
        offered = recalled(self.history, options, summary.until)
        covered = num_summarized(self.turns, summary.until)
        frame, limit = self._frame(options, summary), self.room.context_tokens - (options.sampling.max_tokens or 0)
        try:
            fitted = await fit(frame, offered, self.question, options, (limit, self._read))
        except PromptTooLong as error:
            return Sight(memory, len(self.turns), covered, summary.text, too_long=error)
        given = {section.turn for spoken in fitted.composition.spoken for section in spoken.sections} - {None}
        prompt = fitted.composition.by_part(fitted.tokens)
        return Sight(memory, len(self.turns) - len(given), covered, summary.text, prompt)

    async def due(self, summaries: Summaries, summary: _Summary) -> DueSummary | None:
        """What is to be summed up after ``summary``."""
        options = self._options(MemoryKind.SUMMARY)
        left = self.turns[num_summarized(self.turns, summary.until) :]
        frame, language = self._frame(options, summary), self.asked.options.language
        try:
            return await summaries.due(frame, left, summary.text, options, language)
        except PromptTooLong:  # what stands around the turns fills the window already; the sight says so
            return None

    def _options(self, memory: MemoryKind) -> ConversationOptions:
        asked = self.asked.options
        return self.room.settled(
            ConversationOptions(
                memory=memory,
                window_turns=asked.window_turns,
                mode="chat" if self.asked.is_chat else "completion",
                sampling=SamplingChoice(max_tokens=asked.answer_tokens),
            )
        )

    def _frame(self, options: ConversationOptions, summary: _Summary) -> Frame:
        conversation = Conversation(summary=summary.text, summary_until=summary.until)
        return frame_of(conversation, options, (), self.asked.options.language, self.history)

    async def _read(self, messages: Sequence[BaseMessage], is_completion: bool) -> tuple[PromptToken, ...]:
        return await self.room.reader.aread_prompt(messages, is_completion=is_completion)
