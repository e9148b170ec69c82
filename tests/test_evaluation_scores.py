"""What outcomes come to: means, how sure they are, and which of two is better."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.evaluation.files import outcomes_csv, scores_csv
from chains.evaluation.plans import EvaluationPlan, Outcome
from chains.evaluation.result_json import result_json
from chains.evaluation.scores import Comparison, compared, score_rows, wilson
from chains.evaluation.task_sets import Metric, TaskItem, TaskSet, text_set
from chains.templates import TemplateSpec
from storage.evaluations import StoredOutcome

ITEMS = tuple(TaskItem(question=f"={number} + 0?", answers=(str(number), "x")) for number in range(4))
PLAN = EvaluationPlan(
    task_set=TaskSet(language="es", metrics=(Metric.NUMBER, Metric.F1), items=ITEMS),
    models=("local/a", "local/b"),
    templates=(TemplateSpec(), TemplateSpec(name="Paso a paso", template="Piensa. {question}")),
)


def stored(variant: int, item: int, **fields: Any) -> StoredOutcome:
    return StoredOutcome(variant, item, Outcome(**fields).model_dump(mode="json", exclude_defaults=True))


def right(variant: int, item: int, number: float = 1.0, f1: float = 0.5, seconds: float = 2.0) -> StoredOutcome:
    return stored(variant, item, metrics={"number": number, "f1": f1}, seconds=seconds, answer="+1")


def test_each_variant_has_its_means() -> None:
    outcomes = [right(0, 0), right(0, 1, 0.0, seconds=4.0), stored(0, 2, fault="error_prompt_too_long"), right(3, 0)]
    first, second, third, fourth = score_rows(PLAN, outcomes)
    assert (first.num, first.num_items, first.num_faults) == (3, 4, 1)
    assert first.metrics == {"number": pytest.approx(1 / 3), "f1": pytest.approx(1 / 3)}
    assert first.score == pytest.approx(1 / 3)
    assert first.median_seconds == 3.0
    assert (second.num, second.score, second.interval, second.metrics) == (0, None, None, {})
    assert (third.variant.model, third.variant.template.name) == ("local/b", "")
    assert (fourth.variant.model, fourth.variant.template.name, fourth.score) == ("local/b", "Paso a paso", 1.0)


def test_a_verdict_that_was_not_given_counts_for_nothing() -> None:
    plan = PLAN.model_copy(update={"judge": "local/judge", "models": ("local/a",), "templates": (TemplateSpec(),)})
    outcomes = [stored(0, 0, metrics={"number": 1.0, "f1": 1.0, "judge": 1.0}), right(0, 1)]
    (row,) = score_rows(plan, outcomes)
    assert row.metrics["judge"] == 1.0


def test_texts_are_summed_up_as_if_they_were_one() -> None:
    plan = EvaluationPlan(task_set=text_set("Hola", "es"), models=("local/a",))
    metrics = {"nats": 4 * math.log(8), "tokens": 4.0, "bytes": 6.0}
    (row,) = score_rows(plan, [stored(0, 0, metrics=metrics)])
    assert row.score == pytest.approx(8.0)
    assert row.metrics["bits_per_byte"] == pytest.approx(2.0)
    assert row.interval is None
    (nothing,) = score_rows(plan, [stored(0, 0, fault="error_probabilities_not_told")])
    assert (nothing.score, nothing.num_faults) == (None, 1)


@pytest.mark.parametrize(
    ("share", "num", "low", "high"), [(0.5, 100, 0.4038, 0.5962), (0.0, 10, 0.0, 0.2775), (1.0, 10, 0.7225, 1.0)]
)
def test_the_interval_is_that_of_wilson(share: float, num: int, low: float, high: float) -> None:
    assert wilson(share, num) == pytest.approx((low, high), abs=1e-4)


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_the_interval_holds_the_mean(mean: float, num: int) -> None:
    low, high = wilson(mean, num)
    assert 0 <= low <= mean + 1e-12
    assert mean - 1e-12 <= high <= 1


def test_two_variants_are_compared_question_by_question() -> None:
    first = {item: Outcome(metrics={"number": value}) for item, value in enumerate([1.0, 1.0, 0.0, 1.0])}
    second = {item: Outcome(metrics={"number": value}) for item, value in enumerate([0.0, 1.0, 1.0])}
    assert compared(first, second, "number") == Comparison(1, 1, 1)


@pytest.mark.parametrize(("wins", "losses", "chance"), [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (8, 1, 0.0390625)])
def test_the_chance_is_that_of_the_sign_test(wins: int, losses: int, chance: float) -> None:
    assert Comparison(wins, losses, 7).chance == chance
    assert Comparison(losses, wins, 0).chance == chance


def test_results_can_be_read_by_programs() -> None:
    told = json.loads(result_json(PLAN, [right(0, 0), stored(1, 1, fault="error_prompt_too_long")]))
    assert told["task_set"]["fingerprint"] == PLAN.task_set.fingerprint
    first, second = told["variants"][:2]
    assert (first["model"], first["score"], first["done"]) == ("local/a", 1.0, 1)
    assert second["outcomes"][0]["outcome"]["fault"] == "error_prompt_too_long"


def test_results_are_files_without_formulas() -> None:
    outcomes = [right(0, 0), stored(1, 1, fault="error_prompt_too_long", was_cut=True)]
    scores = scores_csv(score_rows(PLAN, outcomes)).splitlines()
    assert scores[0].endswith("median_seconds,number,f1")
    assert scores[1].startswith("local/a,,4,1,1.0,0.2065,1.0,0,0,2.0,1.0,0.5")
    header, first, second = outcomes_csv(PLAN, outcomes).splitlines()
    assert header.startswith("model,template,question,expected,answer,score")
    assert first == "local/a,,'=0 + 0?,0|x,'+1,1.0,,0,2.0"
    assert second == "local/a,Paso a paso,'=1 + 0?,1|x,,0.0,error_prompt_too_long,1,0.0"
