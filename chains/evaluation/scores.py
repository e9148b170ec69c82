"""What an evaluation comes to: a row for each variant, and which of two is better. Pure: outcomes in, numbers out."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chains.evaluation.perplexity import Foreseen
from chains.evaluation.plans import EvaluationPlan, Outcome, Variant
from chains.evaluation.task_sets import Metric
from storage.evaluations import StoredOutcome

Z_95 = 1.959964  # of the normal distribution: 95 % lie no further from the mean
Interval = tuple[float, float]
Outcomes = Mapping[int, Outcome]  # of one variant, by the place of the question in its set


@dataclass(frozen=True)
class ScoreRow:
    """What ``variant`` reached in ``num`` of ``num_items`` questions; ``metrics`` are means over those measured.

    ``interval`` holds the score that it would reach in endlessly many questions of the kind, in 95 of 100 such sets.
    ``score`` and ``interval`` are None where nothing is measured yet, and the interval of a text that is read, too.
    ``num_faults`` questions have no answer and count 0. ``num_cut`` answers ended at the limit of tokens.
    """

    variant: Variant
    num: int
    num_items: int
    score: float | None
    interval: Interval | None
    metrics: Mapping[str, float]
    num_faults: int = 0
    num_cut: int = 0
    median_seconds: float | None = None


@dataclass(frozen=True)
class Comparison:
    """Over the questions that both answered: how many the first does better, the second does, and neither does.

    ``chance`` is how often two equally good ones would differ as much or more: the exact sign test, two-sided.
    """

    num_first: int
    num_second: int
    num_equal: int

    @property
    def chance(self) -> float:
        num = self.num_first + self.num_second
        tail = sum(math.comb(num, k) for k in range(min(self.num_first, self.num_second) + 1))
        return min(1.0, float(2 * tail / 2**num))


def by_variant(plan: EvaluationPlan, stored: Iterable[StoredOutcome]) -> tuple[dict[int, Outcome], ...]:
    """The outcomes of each variant of ``plan``."""
    found: tuple[dict[int, Outcome], ...] = tuple({} for _ in plan.variants)
    for one in stored:
        found[one.variant][one.item] = Outcome.model_validate(one.content)
    return found


def score_rows(plan: EvaluationPlan, stored: Iterable[StoredOutcome]) -> tuple[ScoreRow, ...]:
    """In the order of the variants."""
    pairs = zip(plan.variants, by_variant(plan, stored), strict=True)
    return tuple(_row(plan, variant, list(outcomes.values())) for variant, outcomes in pairs)


def compared(first: Outcomes, second: Outcomes, metric: str) -> Comparison:
    """Which of two variants, of one evaluation or of two with the same set, reaches more of ``metric``."""
    pairs = [(first[item].value(metric), second[item].value(metric)) for item in first.keys() & second.keys()]
    both = [(ours, theirs) for ours, theirs in pairs if ours is not None and theirs is not None]
    wins = sum(ours > theirs for ours, theirs in both)
    losses = sum(ours < theirs for ours, theirs in both)
    return Comparison(wins, losses, len(both) - wins - losses)


def wilson(mean: float, num: int) -> Interval:
    """The interval of Wilson (1927) around a share. It is too wide rather than too narrow where scores lie between."""
    if not num:
        return 0.0, 1.0
    spread = Z_95**2 / num
    middle = (mean + spread / 2) / (1 + spread)
    reach = Z_95 / (1 + spread) * math.sqrt(max(0.0, mean * (1 - mean)) / num + spread / (4 * num))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _row(plan: EvaluationPlan, variant: Variant, outcomes: Sequence[Outcome]) -> ScoreRow:
    num_items = len(plan.task_set.items)
    counts = {
        "num_faults": sum(outcome.fault is not None for outcome in outcomes),
        "num_cut": sum(outcome.was_cut for outcome in outcomes),
    }
    seconds = [outcome.seconds for outcome in outcomes if outcome.fault is None]
    median = statistics.median(seconds) if seconds else None
    if plan.task_set.is_text:
        metrics = _of_texts(outcomes)
        perplexity = metrics.get(Metric.PERPLEXITY)
        return ScoreRow(variant, len(outcomes), num_items, perplexity, None, metrics, **counts, median_seconds=median)
    values = {
        name: [value for outcome in outcomes if (value := outcome.value(name)) is not None] for name in plan.metrics
    }
    metrics = {name.value: statistics.fmean(found) for name, found in values.items() if found}
    score = metrics.get(plan.main_metric)
    interval = None if score is None else wilson(score, len(values[plan.main_metric]))
    return ScoreRow(variant, len(outcomes), num_items, score, interval, metrics, **counts, median_seconds=median)


def _of_texts(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """As if all texts were one."""
    total = sum((Foreseen.from_metrics(outcome.metrics) for outcome in outcomes), Foreseen())
    told = {"perplexity": total.perplexity, "bits_per_byte": total.bits_per_byte, "tokens": float(total.num_tokens)}
    return {name: value for name, value in told.items() if value is not None}
