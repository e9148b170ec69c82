"""How right an answer is. Pure: texts in, numbers out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from chains.answer_overlap import ARTICLES, overlap, words_of
from chains.evaluation.checks import holds
from chains.evaluation.numbers_told import last_number
from chains.evaluation.task_sets import Metric, TaskItem, TaskSet

THOUGHTS = re.compile(r"\s*<think>.*?(?:</think>|\Z)", re.DOTALL)


def measured(answer: str, item: TaskItem, task_set: TaskSet) -> dict[str, float]:
    """What ``answer`` reaches by the set's metrics, without those that need a model. Thoughts before it do not count.

    Of several expected answers, the one that it comes nearest to counts.
    """
    said = THOUGHTS.sub("", answer, count=1)
    return {metric.value: MEASURES[metric](said, item, task_set) for metric in task_set.metrics if metric in MEASURES}


def telling_words(text: str) -> list[str]:
    """Without case, accents, punctuation and articles."""
    return [word for word in words_of(text) if word not in ARTICLES]


def stands_in(words: Sequence[str], among: Sequence[str]) -> bool:
    """Whether ``words`` stand in a row; none stand nowhere."""
    return bool(words) and f" {' '.join(words)} " in f" {' '.join(among)} "


def _exact(answer: str, item: TaskItem, _: TaskSet) -> float:
    words = telling_words(answer)
    return float(bool(words) and any(words == telling_words(expected) for expected in item.answers))


def _f1(answer: str, item: TaskItem, _: TaskSet) -> float:
    return max((overlap(answer, expected) for expected in item.answers), default=0.0)


def _contains(answer: str, item: TaskItem, _: TaskSet) -> float:
    return float(_names_any(item.answers, telling_words(answer)))


def _label(answer: str, item: TaskItem, task_set: TaskSet) -> float:
    words = telling_words(answer)
    named = {label for label, forms in task_set.labels.items() if _names_any((label, *forms), words)}
    return float(len(named) == 1 and named <= set(item.answers))


def _number(answer: str, item: TaskItem, _: TaskSet) -> float:
    expected = {value for text in item.answers for value in last_number(text)}
    return float(bool(last_number(answer) & expected))


def _checks(answer: str, item: TaskItem, _: TaskSet) -> float:
    return float(all(holds(check, answer) for check in item.checks))


def _checks_share(answer: str, item: TaskItem, _: TaskSet) -> float:
    return sum(holds(check, answer) for check in item.checks) / max(1, len(item.checks))


def _supported(answer: str, item: TaskItem, task_set: TaskSet) -> float:
    words = telling_words(answer)
    is_refused = _names_any(task_set.refusals, words)
    if not item.answers:
        return float(is_refused)
    return float(not is_refused and _names_any(item.answers, words))


def _names_any(texts: Iterable[str], words: Sequence[str]) -> bool:
    return any(stands_in(telling_words(text), words) for text in texts)


MEASURES: Mapping[Metric, Callable[[str, TaskItem, TaskSet], float]] = {
    Metric.EXACT: _exact,
    Metric.F1: _f1,
    Metric.CONTAINS: _contains,
    Metric.LABEL: _label,
    Metric.NUMBER: _number,
    Metric.CHECKS: _checks,
    Metric.CHECKS_SHARE: _checks_share,
    Metric.SUPPORTED: _supported,
}
