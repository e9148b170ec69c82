"""One question put to several models, or to one with several settings: their answers side by side, as they grow."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from chains.answering import AnswerCall, Call
from chains.compared_answer import ComparedAnswer, Contender, Meter
from chains.composition import Composition, Frame, Section, compose
from chains.list_prices import Prices
from chains.options import ConversationOptions
from chains.prompts import SYSTEM_PROMPTS
from chains.run_record import Part
from chains.streaming import SECONDS_BETWEEN_UPDATES
from errors import ContendersAlike, ContendersMiscounted, MessageTooLong, OptionInvalid, PromptBlank, TertuliaError
from models.local_models import LocalModels
from storage.records import new_id
from storage.votes import Vote

LEAST_CONTENDERS = 2
MOST_CONTENDERS = 4
MAX_CHARACTERS = 20_000  # of a question


@dataclass(frozen=True)
class Question:
    """``language`` is that of the program's own system prompt, where ``system`` is no other."""

    text: str
    language: str = "en"
    system: str = ""

    def composition(self, options: ConversationOptions) -> Composition:
        """What a model with settled ``options`` is sent."""
        system = Section(Part.SYSTEM, self.system or SYSTEM_PROMPTS[self.language])
        return compose(Frame((system,)), (), self.text, options)


class Comparer:
    """Compares. ``prices`` know what answers cost; ``shuffle`` draws the order of blind ones.

    Those of ``local`` are loaded before they are asked; what that raises is the error of their contenders alone.
    """

    def __init__(
        self,
        prices: Prices | None = None,
        clock: Callable[[], float] = time.monotonic,
        shuffle: Callable[[list[Contender]], None] | None = None,
        local: LocalModels | None = None,
    ) -> None:
        self._local = local
        self._prices = prices
        self._clock = clock
        self._shuffle = shuffle or random.SystemRandom().shuffle

    def ask(
        self, owner: str, question: Question, contenders: Sequence[Contender], *, is_blind: bool = False
    ) -> Comparison:
        """A comparison that has not begun.

        Raises ContendersMiscounted, ContendersAlike, PromptBlank, MessageTooLong or QuestionRefused.
        """
        if not LEAST_CONTENDERS <= len(contenders) <= MOST_CONTENDERS:
            raise ContendersMiscounted(least=LEAST_CONTENDERS, most=MOST_CONTENDERS)
        if len({contender.label for contender in contenders}) < len(contenders):
            raise ContendersAlike
        if not question.text.strip():
            raise PromptBlank
        if len(question.text) > MAX_CHARACTERS:
            raise MessageTooLong(length=len(question.text), limit=MAX_CHARACTERS)
        guard = contenders[0].model.guard  # the same for all
        question = replace(question, text=guard.question(question.text, question.language))
        order = list(contenders)
        if is_blind:
            self._shuffle(order)
        answers = [ComparedAnswer(contender) for contender in order]
        meter = Meter(self._clock, self._prices)
        return Comparison(owner, question, answers, is_blind=is_blind, meter=meter, local=self._local)


class Comparison:
    """One question under way. ``id`` names it for a vote, ``is_blind`` when nobody is to know who writes what."""

    def __init__(
        self,
        owner: str,
        question: Question,
        answers: list[ComparedAnswer],
        *,
        is_blind: bool,
        meter: Meter,
        local: LocalModels | None = None,
    ) -> None:
        self.id = new_id()
        self.owner = owner
        self.question = question
        self.is_blind = is_blind
        self._answers = answers
        self._meter = meter
        self._local = local
        self._news = asyncio.Event()
        self._is_over = False

    @property
    def answers(self) -> tuple[ComparedAnswer, ...]:
        """Each as it stands, in the order in which they are shown."""
        return tuple(self._answers)

    async def run(self) -> AsyncGenerator[tuple[ComparedAnswer, ...], None]:
        """Ask all at once, and tell ``answers`` again and again until all have ended. Only once.

        They are asked together, so that those of one engine are one batch. A contender that fails stops no other.
        Closing it stops all of them.
        """
        task = asyncio.create_task(self._ask_all())
        task.add_done_callback(lambda _: self._news.set())
        try:
            while not task.done():
                await self._news.wait()
                self._news.clear()
                yield self.answers
                await asyncio.wait({task}, timeout=SECONDS_BETWEEN_UPDATES)
            await task
            self._is_over = True
            yield self.answers
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._is_over = True

    @property
    def is_over(self) -> bool:
        """Nobody writes any more."""
        return self._is_over

    @property
    def may_vote(self) -> bool:
        """Nobody writes any more, and there are answers to choose from."""
        return self._is_over and sum(answer.is_whole for answer in self._answers) >= LEAST_CONTENDERS

    def vote(self, winner: int | None, *, is_none_good: bool = False) -> Vote:
        """A vote for the answer at place ``winner``, None for a tie of all. Answers that failed are no part of it.

        Raises OptionInvalid for a place without a whole answer, or when there can be no vote.
        """
        whole = [place for place, answer in enumerate(self._answers) if answer.is_whole]
        if not self.may_vote or (winner is not None and (winner not in whole or is_none_good)):
            raise OptionInvalid
        return Vote(
            id=self.id,
            question=self.question.text,
            answers=tuple(self._answers[place].voted for place in whole),
            winner=None if winner is None else whole.index(winner),
            is_none_good=is_none_good,
            is_blind=self.is_blind,
        )

    async def _ask_all(self) -> None:
        """Models are loaded before their contenders are asked, so that loading is no part of the time measured.

        Of blind ones all are loaded first: who had to be waited for would be known by it.
        """
        groups = self._by_model()
        if self.is_blind:
            await _together(self._get_ready(*group) for group in groups.items())
            await _together(self._ask(place) for place in range(len(self._answers)))
        else:
            await _together(self._ask_model(*group) for group in groups.items())

    def _by_model(self) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = {}
        for place, answer in enumerate(self._answers):
            groups.setdefault(answer.contender.model.name, []).append(place)
        return groups

    async def _ask_model(self, name: str, places: Sequence[int]) -> None:
        await self._get_ready(name, places)
        await _together(self._ask(place) for place in places)

    async def _get_ready(self, name: str, places: Sequence[int]) -> None:
        if self._local is None or name not in self._local.names():
            return
        try:
            async with aclosing(self._local.load(name)) as states:
                async for loading in states:
                    self._tell(*places, loading=loading)
        except TertuliaError as error:
            self._tell(*places, error=error)
        finally:
            self._tell(*places, loading=None)

    async def _ask(self, place: int) -> None:
        """Nothing is asked of a model that could not be loaded."""
        try:
            if self._answers[place].error is None:
                await self._write(place)
        except TertuliaError as error:
            self._tell(place, error=error)
        self._tell(place, place=None, is_done=True)

    async def _write(self, place: int) -> None:
        contender = self._answers[place].contender
        options = contender.model.settled(ConversationOptions(sampling=contender.sampling))
        composition = self.question.composition(options)
        is_completion = composition.is_completion
        tokens = await contender.model.reader.aread_prompt(composition.messages, is_completion=is_completion)
        call = AnswerCall(contender.model, Call(composition, tokens, options, self.owner))
        stopwatch = self._meter.started()
        try:
            async with aclosing(call.grow()) as growths:
                async for growth in growths:
                    figures = stopwatch.read(call.num_written) if growth.text else {}
                    self._tell(place, text=growth.text, place=growth.place, **figures)
        finally:
            self._tell(place, text=call.text, **self._meter.closing(call.record))
        self._tell(place, cost=await self._meter.cost(call.record))

    def _tell(self, /, *indexes: int, **changes: Any) -> None:
        for index in indexes:
            self._answers[index] = replace(self._answers[index], **changes)
        self._news.set()


async def _together(calls: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Wait for all of them; a fault of the program in one ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(call)
    except ExceptionGroup as faults:
        raise faults.exceptions[0] from None
