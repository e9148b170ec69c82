"""Measures what one question of an evaluation gives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from chains.evaluation.asking import Answered, Asker
from chains.evaluation.judging import Judge
from chains.evaluation.metrics import measured
from chains.evaluation.perplexity import TextScorer, foreseen
from chains.evaluation.plans import MAX_KEPT_CHARACTERS, EvaluationPlan, Outcome, Variant
from chains.evaluation.task_sets import Metric, TaskItem
from chains.room_model import RoomModel
from errors import GenerationFailed, ModelRefused, ProbabilitiesNotTold, RequestError

OWN_FAULTS = (RequestError, ModelRefused, GenerationFailed)  # of a question; others would be of the next one, too


@dataclass(frozen=True)
class EvaluationTools:
    """``model`` finds one by its name for an owner, or raises a ModelError; ``scorer`` is None for one that rates no
    texts."""

    model: Callable[[str, str], RoomModel]
    scorer: Callable[[str], TextScorer | None] = lambda _: None
    clock: Callable[[], float] = time.perf_counter


class Measuring:
    """Raises what a model raises when it can answer nothing more."""

    def __init__(self, owner: str, plan: EvaluationPlan, tools: EvaluationTools) -> None:
        self._owner = owner
        self._plan = plan
        self._tools = tools

    async def outcome(self, variant: Variant, item: TaskItem) -> Outcome:
        """What ``item`` gives; a fault that is its own is part of that."""
        began = self._tools.clock()
        try:
            if self._plan.task_set.is_text:
                found = await self._of_text(variant, item)
            else:
                found = await self._of_answer(variant, item)
        except OWN_FAULTS as error:
            found = Outcome(fault=error.key)
        return found.model_copy(update={"seconds": found.seconds or self._tools.clock() - began})

    async def _of_answer(self, variant: Variant, item: TaskItem) -> Outcome:
        began = self._tools.clock()
        asker = Asker(self._tools.model(variant.model, self._owner), self._owner, self._plan)
        answered = await asker.ask(item, variant.template)
        seconds = self._tools.clock() - began  # the judge's time is not the model's
        return Outcome(
            answer=answered.text[:MAX_KEPT_CHARACTERS],
            metrics=await self._metrics(item, answered),
            num_tokens=answered.num_tokens,
            seconds=seconds,
            was_cut=answered.was_cut,
        )

    async def _metrics(self, item: TaskItem, answered: Answered) -> dict[str, float]:
        metrics = measured(answered.text, item, self._plan.task_set)
        if self._plan.judges and item.answers:
            judge = Judge(self._tools.model(self._plan.judge, self._owner), self._owner, self._plan.task_set.language)
            try:
                verdict = await judge.verdict(item, answered.text)
            except OWN_FAULTS:  # what the judge cannot read says nothing about the answer
                verdict = None
            if verdict is not None:
                metrics[Metric.JUDGE.value] = verdict
        return metrics

    async def _of_text(self, variant: Variant, item: TaskItem) -> Outcome:
        scorer = self._tools.scorer(variant.model)
        if scorer is None:
            raise ProbabilitiesNotTold(model=variant.model)
        window = self._tools.model(variant.model, self._owner).context_tokens
        found = await foreseen(scorer, self._owner, item.question, window)
        return Outcome(metrics=found.metrics, num_tokens=found.num_tokens)
