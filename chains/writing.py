"""One answer on its way into the store: its place first, its text now and then, its end and its record at last."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

from chains.answering import AnswerCall
from chains.assignment import Assignment
from chains.live import LiveAnswer, LiveAnswers
from chains.run_record import AnswerRecord, RunRecord, figures_of
from chains.titles import first_words
from chains.turn_news import EndedTurn, TurnListener, TurnStep, model_step
from errors import StorageError, TertuliaError
from storage.conversations import ConversationStore
from storage.records import Message, MessageStatus, Step

SECONDS_BETWEEN_SAVES = 1.0

T = TypeVar("T", bound=LiveAnswer)

logger = logging.getLogger(__name__)


class Writing:
    """``answer`` is the newest state; ``fault`` is what kept its end from being stored, if anything did.

    ``begin``, ``save`` and ``end`` block: each is run in a thread. Whoever is cancelled leaves a thread behind that
    still stores. Nothing is stored any more once ``end`` began.
    """

    def __init__(self, store: ConversationStore, owner: str, work: Assignment, answer: Message) -> None:
        self._store = store
        self._work = work
        self._key = (owner, work.conversation.id)
        self._turn = threading.Lock()
        self._is_begun = False
        self._is_over = False
        self._saved_at = time.monotonic()
        self._began_at = time.time()
        self._ended_runs: tuple[RunRecord, ...] = ()
        self._runs: list[AnswerCall] = []
        self._run: AnswerCall | None = None
        self.answer = answer
        self.fault: StorageError | None = None

    async def stored(self, live: LiveAnswers, answers: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """``answers`` as they come, of which others hear by ``live``.

        The question is stored before the first, the answer now and then, and its end also when the reader leaves.
        What goes wrong among ``answers`` is how the answer ends; only what is no TertuliaError is raised.
        """
        try:
            await asyncio.to_thread(self.begin)
            async with aclosing(self._well_ended(answers)) as growing:
                async for answer in growing:
                    live.put(self._key[1], answer)
                    yield answer
                    if self.is_save_due:
                        await asyncio.to_thread(self.save)
        finally:  # in a thread, and shielded: neither does the loop wait for the disk, nor does a second stop hurt
            self.fault = await asyncio.shield(asyncio.to_thread(self._end_and_tell, live.on_end))

    async def _well_ended(self, answers: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        try:
            async with aclosing(answers) as growing:
                async for answer in growing:
                    yield answer
        except TertuliaError as error:
            self.fail(error)
        except Exception:
            self.finish(MessageStatus.FAILED, TertuliaError.key)
            raise

    def begin(self) -> None:
        """Store the question, and the answer's place: both are on the disk before the model is called."""
        with self._turn:
            if self._is_over:
                return
            if self._work.is_placed:
                self._store.save(*self._key, self.answer)
            else:
                asked = () if self._work.is_asked else (self._work.question,)
                self._store.add(*self._key, *asked, self.answer)
            self._is_begun = True
            if not self._work.conversation.title:
                self._store.change(*self._key, title=first_words(self._work.question.text))

    def calling(self, run: AnswerCall) -> AnswerCall:
        """``run`` is what writes from now on."""
        self._runs.append(run)
        self._run = run
        return run

    def next_step(self, name: str) -> None:
        """What is written so far was only a step, called ``name``."""
        done = Step(name, self.answer.text)
        self.answer = replace(self.answer, text="", steps=(*self.answer.steps, done))
        self._run = None

    def finish(self, status: MessageStatus, error_key: str | None = None) -> None:
        """The answer has come to its end."""
        self.answer = replace(self.answer, status=status, error_key=error_key)

    def fail(self, error: TertuliaError) -> None:
        """The answer ended in ``error``; what was written until then stays."""
        self.finish(MessageStatus.FAILED, error.key)

    @property
    def is_save_due(self) -> bool:
        return time.monotonic() - self._saved_at >= SECONDS_BETWEEN_SAVES

    def save(self) -> None:
        """Store the answer as far as it has come. A full disk may have room again at the end."""
        self._saved_at = time.monotonic()
        with self._turn:
            if self._is_over:
                return
            try:
                self._store.save(*self._key, self.answer)
            except StorageError as error:
                logger.warning("an answer could not be saved on the way: %s", error.key)

    def end(self) -> StorageError | None:
        """Store the answer and its record; one that has not come to its end was left by whoever read it.

        Returns what kept it from being stored, if anything did.
        """
        with self._turn:
            self._is_over = True
            if self.answer.status is MessageStatus.ANSWERING:
                self.answer = replace(self.answer, text=self._text, status=MessageStatus.STOPPED)
            return self._store_end() if self._is_begun else None

    def _end_and_tell(self, on_end: TurnListener) -> StorageError | None:
        fault = self.end()
        status = self.answer.status if self._is_begun else MessageStatus.FAILED
        error_key, ended_at = self.answer.error_key or "", time.time()
        steps = sorted(self._steps(ended_at), key=lambda step: step.began_at)
        room = self._work.conversation.room
        on_end(EndedTurn(room, min(self._began_at, ended_at), ended_at, status, error_key, tuple(steps)))
        return fault

    def _steps(self, ended_at: float) -> Iterable[TurnStep]:
        """What the turn was made of; rooms that do more than call a model tell more."""
        return (step for run in self._ended_runs if (step := model_step(run, ended_at)))

    def _store_end(self) -> StorageError | None:
        runs = tuple(run.record for run in self._runs)
        if runs:
            self._ended_runs = runs
            self.answer = replace(self.answer, figures=figures_of(runs[-1]))
        try:
            self._store.save(*self._key, self.answer)
        except StorageError as error:
            logger.warning("an answer could not be stored: %s", error.key)
            self.finish(MessageStatus.FAILED, error.key)
            return error
        try:
            self._store_record(runs)
        except StorageError as error:  # the answer is safe, and worth more than what is known of it
            logger.warning("the record of an answer could not be stored: %s", error.key)
        return None

    def _store_record(self, runs: tuple[RunRecord, ...]) -> None:
        if record := self._record_of(runs):
            self._store.put_record(*self._key, self.answer.id, record.model_dump(mode="json"))

    @property
    def _text(self) -> str:
        """All that was written by now, perhaps more than ``answer`` has."""
        return self._run.text if self._run else self.answer.text

    def _record_of(self, runs: tuple[RunRecord, ...]) -> AnswerRecord | None:
        """What to keep of how the answer came about; rooms that know more than its runs keep more."""
        return AnswerRecord(runs=(*self._work.done, *runs)) if runs else None
