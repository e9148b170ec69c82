"""Runs evaluations in the background, one at a time: each answer is kept as it comes, so that none is asked for twice.

What the program leaves unfinished, however it ends, is taken up again when it starts.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from chains.evaluation.measuring import EvaluationTools, Measuring
from chains.evaluation.plans import EvaluationPlan
from errors import ProbabilitiesNotTold, TertuliaError, TooManyEvaluations
from storage.evaluations import EvaluationStatus, EvaluationStore, StoredEvaluation, StoredOutcome

MAX_KEPT = 100  # evaluations of an owner
NUM_AT_ONCE = 4  # questions, which the engine answers as one batch

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EvaluationProgress:
    """``seconds_left`` is None where nothing is known to tell it from, and once it ended.

    One that ``is_waiting`` begins, or goes on, when its turn comes.
    """

    evaluation: StoredEvaluation
    seconds_left: float | None = None
    is_waiting: bool = False


@dataclass
class _Job:
    """``news`` is set, and replaced, whenever something changed. ``began_at`` is when its turn came."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    began_at: float | None = None
    num_before: int = 0
    task: asyncio.Task[None] | None = None

    def tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()


class EvaluationRunner:
    """All calls are for the loop of one thread. EvaluationNotFound for what is another's."""

    def __init__(self, store: EvaluationStore, tools: EvaluationTools, num_at_once: int = NUM_AT_ONCE) -> None:
        self._store = store
        self._tools = tools
        self._num_at_once = num_at_once
        self._jobs: dict[str, _Job] = {}
        self._turn = asyncio.Lock()
        self._turns_of = WeakValueDictionary[str, asyncio.Lock]()  # as long as somebody holds or awaits one

    async def start(self, owner: str, plan: EvaluationPlan) -> StoredEvaluation:
        """Begin it, after those that wait. Raises TooManyEvaluations, ModelUnknown or ProbabilitiesNotTold."""
        self._check_models(owner, plan)
        if len(await asyncio.to_thread(self._store.listed, owner)) >= MAX_KEPT:
            raise TooManyEvaluations(limit=MAX_KEPT)
        content = plan.model_dump(mode="json")
        started = await asyncio.to_thread(self._store.add, owner, plan.task_set.name, content, plan.num_outcomes)
        self._spawn(owner, started.id)
        return started

    async def resume(self, owner: str, evaluation_id: str) -> StoredEvaluation:
        """Go on with one that was stopped or failed, with the questions that have no outcome yet."""
        found = await asyncio.to_thread(self._store.get, owner, evaluation_id)
        if found.status is EvaluationStatus.COMPLETE or evaluation_id in self._jobs:
            return found
        going = await asyncio.to_thread(self._store.set_status, owner, evaluation_id, EvaluationStatus.GOING)
        self._spawn(owner, evaluation_id)
        return going

    async def take_up(self) -> int:
        """Go on with all that the program left when it ended. Returns how many."""
        going = [one for one in await asyncio.to_thread(self._store.going) if one[1] not in self._jobs]
        for owner, evaluation_id in going:
            self._spawn(owner, evaluation_id)
        return len(going)

    async def stop(self, owner: str, evaluation_id: str) -> StoredEvaluation:
        """Stop it; what came is kept."""
        found = await asyncio.to_thread(self._store.get, owner, evaluation_id)
        if found.status is not EvaluationStatus.GOING:
            return found
        await self._cancel(evaluation_id)
        found = await asyncio.to_thread(self._store.get, owner, evaluation_id)
        if found.status is not EvaluationStatus.GOING:  # it ended by itself meanwhile
            return found
        return await asyncio.to_thread(self._store.set_status, owner, evaluation_id, EvaluationStatus.STOPPED)

    async def delete(self, owner: str, evaluation_id: str) -> None:
        """Stop it and forget all of it."""
        await asyncio.to_thread(self._store.get, owner, evaluation_id)
        await self._cancel(evaluation_id)
        await asyncio.to_thread(self._store.delete, owner, evaluation_id)

    async def watch(self, owner: str, evaluation_id: str) -> AsyncGenerator[EvaluationProgress, None]:
        """How it stands, now and whenever that changes, until it is going no more."""
        while True:
            job = self._jobs.get(evaluation_id)
            news = job.news if job else None
            found = await asyncio.to_thread(self._store.get, owner, evaluation_id)
            yield _progress(found, job)
            if news is None or found.status is not EvaluationStatus.GOING:
                return
            await news.wait()

    async def standing(self, owner: str) -> tuple[EvaluationProgress, ...]:
        """How all of the owner's stand now, the newest first."""
        listed = await asyncio.to_thread(self._store.listed, owner)
        return tuple(_progress(one, self._jobs.get(one.id)) for one in listed)

    async def close(self) -> None:
        """Leave everything as it is, to be taken up when the program starts again."""
        for evaluation_id in list(self._jobs):
            await self._cancel(evaluation_id)

    # --- jobs --------------------------------------------------------------------------------------------------------

    def _spawn(self, owner: str, evaluation_id: str) -> None:
        if evaluation_id in self._jobs:  # two asked for it at once
            return
        job = self._jobs[evaluation_id] = _Job()
        job.task = asyncio.create_task(self._run(owner, evaluation_id, job))
        job.task.add_done_callback(lambda _: self._forget(evaluation_id, job))

    def _forget(self, evaluation_id: str, job: _Job) -> None:
        if self._jobs.get(evaluation_id) is job:
            del self._jobs[evaluation_id]
        job.tell()

    async def _cancel(self, evaluation_id: str) -> None:
        job = self._jobs.get(evaluation_id)
        if job is not None and job.task is not None:
            job.task.cancel()
            await asyncio.wait([job.task])

    async def _run(self, owner: str, evaluation_id: str, job: _Job) -> None:
        """An owner's evaluations wait for each other before they wait for those of others: all owners take turns."""
        async with self._turns_of.setdefault(owner, asyncio.Lock()), self._turn:
            try:
                await self._measure(owner, evaluation_id, job)
                status, fault = EvaluationStatus.COMPLETE, None
            except TertuliaError as error:
                status, fault = EvaluationStatus.FAILED, error
            except Exception as error:  # noqa: BLE001 - a fault of ours must not be met again at every start
                logger.error("an evaluation failed: %s", type(error).__name__)
                status, fault = EvaluationStatus.FAILED, TertuliaError()
            await self._end(owner, evaluation_id, status, fault)

    async def _end(self, owner: str, evaluation_id: str, status: EvaluationStatus, fault: TertuliaError | None) -> None:
        told = (fault.key, {name: str(value) for name, value in fault.values.items()}) if fault else (None, None)
        try:
            await asyncio.to_thread(self._store.set_status, owner, evaluation_id, status, *told)
        except TertuliaError as error:  # deleted meanwhile, or the disk is full: at the next start it is tried again
            logger.warning("the end of an evaluation could not be kept: %s", error.key)

    async def _measure(self, owner: str, evaluation_id: str, job: _Job) -> None:
        plan = EvaluationPlan.model_validate(await asyncio.to_thread(self._store.content, owner, evaluation_id))
        kept = await asyncio.to_thread(self._store.outcomes, owner, evaluation_id)
        job.began_at, job.num_before = time.monotonic(), len(kept)
        job.tell()
        done = {(one.variant, one.item) for one in kept}
        measuring = Measuring(owner, plan, self._tools)
        places = (place for place in _places(plan) if place not in done)

        async def work() -> None:
            for variant, item in places:
                outcome = await measuring.outcome(plan.variants[variant], plan.task_set.items[item])
                stored = StoredOutcome(variant, item, outcome.model_dump(mode="json", exclude_defaults=True))
                await asyncio.to_thread(self._store.put_outcome, owner, evaluation_id, stored)
                job.tell()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._num_at_once):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    def _check_models(self, owner: str, plan: EvaluationPlan) -> None:
        for name in (*plan.models, *([plan.judge] if plan.judges else [])):
            self._tools.model(name, owner)
        if plan.task_set.is_text:
            for name in plan.models:
                if self._tools.scorer(name) is None:
                    raise ProbabilitiesNotTold(model=name)


def _places(plan: EvaluationPlan) -> Iterator[tuple[int, int]]:
    for variant in range(len(plan.variants)):
        for item in range(len(plan.task_set.items)):
            yield variant, item


def _progress(found: StoredEvaluation, job: _Job | None) -> EvaluationProgress:
    is_waiting = job is not None and job.began_at is None and found.status is EvaluationStatus.GOING
    return EvaluationProgress(found, _seconds_left(found, job), is_waiting)


def _seconds_left(found: StoredEvaluation, job: _Job | None) -> float | None:
    if job is None or job.began_at is None or found.status is not EvaluationStatus.GOING:
        return None
    num_new = found.num_done - job.num_before
    if num_new <= 0 or found.num_done == found.num_outcomes:
        return None
    return (time.monotonic() - job.began_at) / num_new * (found.num_outcomes - found.num_done)
