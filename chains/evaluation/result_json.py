"""All that an evaluation gave as JSON, with what it takes to do it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.scores import Outcomes, ScoreRow, by_variant, score_rows
from storage.evaluations import StoredOutcome


def result_json(plan: EvaluationPlan, stored: Sequence[StoredOutcome]) -> str:
    """Scores and outcomes, variant by variant."""
    task_set = plan.task_set
    pairs = zip(score_rows(plan, stored), by_variant(plan, stored), strict=True)
    told = {
        "task_set": {**task_set.model_dump(mode="json", exclude={"items"}), "fingerprint": task_set.fingerprint},
        "judge": plan.judge,
        "sampling": plan.sampling.chosen(),
        "variants": [_variant(plan, row, outcomes) for row, outcomes in pairs],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _variant(plan: EvaluationPlan, row: ScoreRow, outcomes: Outcomes) -> dict[str, Any]:
    return {
        "model": row.variant.model,
        "template": row.variant.template.model_dump(mode="json", exclude_defaults=True, exclude={"id"}),
        "questions": row.num_items,
        "done": row.num,
        "score": row.score,
        "interval_95": row.interval,
        "metrics": dict(row.metrics),
        "faults": row.num_faults,
        "cut": row.num_cut,
        "median_seconds": row.median_seconds,
        "outcomes": [
            {
                **plan.task_set.items[place].model_dump(mode="json", exclude_defaults=True),
                "outcome": outcome.model_dump(mode="json"),
            }
            for place, outcome in sorted(outcomes.items())
        ],
    }
