"""One answer of the agent on its way into the store, with its steps: ``chains.writing`` that knows more."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from agents.record import AgentRecord, kept_sources, kept_steps
from agents.source_book import SourceBook
from agents.sources import Found
from agents.steps import AgentStep, ToolResult
from agents.trace import AgentAnswer, Trace
from agents.turn_prompt import AgentTask, TurnPrompt
from agents.turns import Calls
from chains.run_record import AnswerRecord, RunRecord, figures_of
from chains.turn_news import StepKind, TurnStep
from chains.writing import Writing
from errors import StorageError, TertuliaError, ToolUnknown
from storage.conversations import ConversationStore
from storage.records import MessageStatus

logger = logging.getLogger(__name__)


class AgentWriting(Writing):
    """``calls`` are known when the loop begins."""

    def __init__(self, store: ConversationStore, task: AgentTask) -> None:
        num_left_out = task.prompt.num_left_out if isinstance(task.prompt, TurnPrompt) else 0
        super().__init__(store, task.owner, task.work, replace(task.work.answer, num_left_out=num_left_out))
        self._plan = task.plan
        self._begun_at = time.monotonic()
        self._saved_steps: tuple[AgentStep, ...] = ()
        self._tool_steps: list[TurnStep] = []
        self._error_values: dict[str, str] = {}
        self.calls: Calls | None = None
        self.trace = Trace()

    def take(self, steps: Iterable[AgentStep]) -> None:
        """The turn has come further."""
        for step in steps:
            self.trace = self.trace.after(step)
            if isinstance(step, ToolResult):
                self._tool_steps.append(_tool_step(step, time.time()))
        self.answer = replace(self.answer, text=self._cited(self.trace))

    def fail(self, error: TertuliaError) -> None:
        self._error_values = {name: str(value) for name, value in error.values.items()}
        super().fail(error)

    @property
    def is_save_due(self) -> bool:
        """A step is stored at once: who knows how long the next one takes."""
        return super().is_save_due or self.trace.steps is not self._saved_steps

    def save(self) -> None:
        super().save()
        with self._turn:
            if self._is_over or self.trace.steps is self._saved_steps:
                return
            self._saved_steps = self.trace.steps
            try:
                self._store_record(())
            except StorageError as error:
                logger.warning("the steps of an answer could not be saved on the way: %s", error.key)

    def now(self) -> AgentAnswer:
        """The answer as it stands."""
        trace, plan = self.trace, self._plan
        is_over = self.answer.status is not MessageStatus.ANSWERING
        return AgentAnswer(
            self.answer,
            place=None if is_over else trace.place,
            steps=trace.steps,
            node=trace.node,
            sources=trace.sources,
            strategy=plan.strategy,
            why=plan.why,
            waiting=None if is_over else trace.waiting,
            error_values=self._error_values,
        )

    def _cited(self, trace: Trace) -> str:
        """The answer so far without numbers that are no source's: it may be stopped before its loop sees to that."""
        book = SourceBook()
        book.add([Found(one.title, one.text, one.url) for one in trace.sources])
        return trace.text if trace.final else book.cited(trace.text)

    def _store_end(self) -> StorageError | None:
        self._ended_runs = runs = self.calls.runs if self.calls else ()  # large: until now the steps alone were kept
        if runs:
            num_output = sum(run.num_output or 0 for run in runs)
            self.answer = replace(self.answer, figures=figures_of(runs[-1]) | {"num_output": num_output})
        return super()._store_end()

    def _steps(self, ended_at: float) -> Iterable[TurnStep]:
        return chain(super()._steps(ended_at), self._tool_steps)

    def _record_of(self, runs: tuple[RunRecord, ...]) -> AnswerRecord:
        return AgentRecord(
            runs=self._ended_runs,
            strategy=self._plan.strategy,
            why=self._plan.why,
            limit=self.trace.limit,
            steps=kept_steps(self.trace.steps),
            sources=kept_sources(self.trace.sources),
            seconds=round(time.monotonic() - self._begun_at, 3),
            error_values=self._error_values,
        )


def _tool_step(result: ToolResult, ended_at: float) -> TurnStep:
    """A tool that there is not has the name that the model made up: that is not told."""
    name = "" if result.error_key == ToolUnknown.key else result.name
    return TurnStep(StepKind.TOOL, ended_at - result.seconds, ended_at, name, error_key=result.error_key)
