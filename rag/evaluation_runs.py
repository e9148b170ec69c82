"""Evaluates variants one kind of chunks after the other, so that whoever stops keeps what was measured."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from itertools import groupby

from rag.evaluation import Evaluation, EvaluationProgress, EvaluationRow, EvaluationTask

SECONDS_BETWEEN_LOOKS = 0.3
LEAST_SHARE = 0.02  # of the work, before the time left is guessed
EMBEDDING_SHARE = 0.5  # of a variant whose chunks have to be embedded


@dataclass(frozen=True)
class EvaluationState:
    """``rows`` so far; ``progress`` counts variants over all of the task and is None once a kind of chunks is done."""

    rows: tuple[EvaluationRow, ...]
    progress: EvaluationProgress | None = None
    seconds_left: float | None = None


async def evaluated(evaluation: Evaluation, task: EvaluationTask) -> AsyncGenerator[EvaluationState, None]:
    """Closing it stops. Variants with the same settings should stand together. Raises what ``Evaluation.run`` does."""
    rows: tuple[EvaluationRow, ...] = ()
    begun = time.monotonic()
    for _, group in groupby(task.variants, key=lambda variant: variant.settings):
        newest: deque[EvaluationProgress] = deque(maxlen=1)
        of_group = replace(task, variants=tuple(group))
        running = asyncio.create_task(evaluation.run(of_group, newest.append))
        try:
            while not (await asyncio.wait([running], timeout=SECONDS_BETWEEN_LOOKS))[0]:
                if newest:
                    now = replace(newest[0], variant=len(rows) + newest[0].variant)
                    left = _seconds_left(now, len(task.variants), time.monotonic() - begun)
                    yield EvaluationState(rows, now, left)
            rows += running.result()
        finally:
            running.cancel()
            await asyncio.wait([running])
        yield EvaluationState(rows)


def _seconds_left(progress: EvaluationProgress, num_variants: int, seconds: float) -> float | None:
    share = progress.done / max(1, progress.total)
    within = share * EMBEDDING_SHARE if progress.stage == "embedding" else EMBEDDING_SHARE * (1 + share)
    done = (progress.variant + within) / num_variants
    return seconds / done * (1 - done) if done >= LEAST_SHARE else None
