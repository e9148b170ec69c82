"""What stands between a room and its model: questions are looked at before they are sent, answers before they are told.

A room's model carries its guard; the chain factory lays it behind the parser.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from langchain_core.runnables import Runnable, RunnableGenerator

from errors import AnswerRefused, QuestionRefused
from safety.prompt_echo import PromptEcho
from safety.stream_mask import Rule, StreamMask

PIECE = 32  # characters of a text that is there already


class GuardedText:
    """One answer as it may be told; ``acted`` names what was found in it, also where it was not told yet."""

    def __init__(self, rules: Sequence[Rule], prompts: Sequence[str]) -> None:
        self._mask = StreamMask(rules)
        self._echo = PromptEcho(prompts)

    @property
    def acted(self) -> tuple[str, ...]:
        return (*self._mask.acted, *self._echo.acted)

    def feed(self, text: str) -> str:
        """What may be told now. Raises AnswerRefused."""
        return self._echo.feed(self._mask.feed(text))

    def finish(self) -> str:
        """The rest. Raises AnswerRefused."""
        return self._echo.feed(self._mask.finish()) + self._echo.finish()

    @property
    def runnable(self) -> Runnable[str, str]:
        """Takes an answer's pieces, gives those that may be told. Only once."""
        return RunnableGenerator(self._pass, self._apass).with_config(run_name="guard")

    def _pass(self, pieces: Iterator[str]) -> Iterator[str]:
        for piece in pieces:
            yield self.feed(piece)
        if rest := self.finish():
            yield rest

    async def _apass(self, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
        async for piece in pieces:
            yield self.feed(piece)
        if rest := self.finish():
            yield rest


@dataclass(frozen=True)
class AnswerGuard:
    """``answers`` and ``questions`` are what is looked for. ``sentences``: of each rule that refuses, by language.

    ``tells_prompts`` False also hides the system prompt where an answer tells it word for word.
    """

    answers: tuple[Rule, ...] = ()
    questions: tuple[Rule, ...] = ()
    sentences: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tells_prompts: bool = False

    def begin(self, prompts: Sequence[str] = ()) -> GuardedText:
        """An answer to a question that was asked under the system ``prompts``."""
        return GuardedText(self.answers, () if self.tells_prompts else prompts)

    def whole(self, text: str, prompts: Sequence[str] = ()) -> tuple[str, tuple[str, ...]]:
        """An answer that ended, or was left, as it may be told, and what was found in it."""
        guarded, shown = self.begin(prompts), ""
        try:
            for start in range(0, len(text), PIECE):
                shown += guarded.feed(text[start : start + PIECE])
            shown += guarded.finish()
        except AnswerRefused:
            pass
        return shown, guarded.acted

    def question(self, text: str, language: str) -> str:
        """The question as it may be sent. Raises QuestionRefused."""
        mask = StreamMask(self.questions)
        try:
            return mask.feed(text) + mask.finish()
        except AnswerRefused:
            raise QuestionRefused(sentence=self.sentences[mask.acted[-1]][language]) from None


OPEN = AnswerGuard(tells_prompts=True)  # lets everything pass
