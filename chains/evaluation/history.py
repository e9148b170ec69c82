"""What earlier evaluations gave, so that a later one can be held against them."""

from __future__ import annotations

from dataclasses import dataclass

from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.scores import ScoreRow, score_rows
from storage.evaluations import EvaluationStore, StoredEvaluation, StoredOutcome


@dataclass(frozen=True)
class EvaluationResult:
    """All there is of one by now."""

    evaluation: StoredEvaluation
    plan: EvaluationPlan
    outcomes: tuple[StoredOutcome, ...]
    rows: tuple[ScoreRow, ...]


def result_of(store: EvaluationStore, owner: str, evaluation_id: str) -> EvaluationResult:
    """Blocks. Raises EvaluationNotFound."""
    evaluation = store.get(owner, evaluation_id)
    plan = EvaluationPlan.model_validate(store.content(owner, evaluation_id))
    return _result(store, owner, evaluation, plan)


def results_with(store: EvaluationStore, owner: str, fingerprint: str) -> tuple[EvaluationResult, ...]:
    """Of the sets with this fingerprint, the oldest first: their scores can be compared. Blocks."""
    found = []
    for one in reversed(store.listed(owner)):
        plan = EvaluationPlan.model_validate(store.content(owner, one.id))
        if plan.task_set.fingerprint == fingerprint:
            found.append(_result(store, owner, one, plan))
    return tuple(found)


def _result(store: EvaluationStore, owner: str, evaluation: StoredEvaluation, plan: EvaluationPlan) -> EvaluationResult:
    outcomes = store.outcomes(owner, evaluation.id)
    return EvaluationResult(evaluation, plan, outcomes, score_rows(plan, outcomes))
