"""How right an answer is, in numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.evaluation.metrics import measured
from chains.evaluation.task_sets import Metric, TaskItem, TaskSet

LABELS = {"positive": ("positiva", "positivo"), "negative": ("negativa", "negativo")}


def value(metric: Metric, answer: str, answers: tuple[str, ...], **fields: Any) -> float:
    item = TaskItem(question="?", answers=answers)
    task_set = TaskSet(language="es", metrics=(metric,), items=(item,), **fields)
    return measured(answer, item, task_set)[metric]


@pytest.mark.parametrize(
    ("answer", "exact", "contains", "f1"),
    [
        ("Paris", 1.0, 1.0, 1.0),
        ("  «PARÍS». ", 1.0, 1.0, 1.0),
        ("Es París", 0.0, 1.0, 2 / 3),
        ("la París", 1.0, 1.0, 1.0),
        ("Parisina", 0.0, 0.0, 0.0),
        ("", 0.0, 0.0, 0.0),
        ("<think>¿Roma? No.</think>\nParís", 1.0, 1.0, 1.0),
        ("<think>París", 0.0, 0.0, 0.0),
    ],
)
def test_words_are_compared_without_case_accents_articles_and_thoughts(
    answer: str, exact: float, contains: float, f1: float
) -> None:
    expected = ("Ciudad de la Luz", "París")
    assert value(Metric.EXACT, answer, expected) == exact
    assert value(Metric.CONTAINS, answer, expected) == contains
    assert value(Metric.F1, answer, expected) == pytest.approx(f1)


def test_expected_words_must_stand_in_a_row() -> None:
    assert value(Metric.CONTAINS, "Carlos de Borbón Marx", ("Carlos Marx",)) == 0.0


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("Positiva.", 1.0),
        ("La opinión es positiva, muy positiva.", 1.0),
        ("negativa", 0.0),
        ("Es positiva o negativa", 0.0),
        ("positive", 1.0),
        ("no sé", 0.0),
    ],
)
def test_a_label_counts_when_no_other_is_named(answer: str, score: float) -> None:
    assert value(Metric.LABEL, answer, ("positive",), labels=LABELS) == score


@pytest.mark.parametrize(
    ("answer", "score"), [("3 × 12 = 36", 1.0), ("36 lápices, en 3 cajas", 0.0), ("36,0", 1.0), ("treinta", 0.0)]
)
def test_the_last_number_is_the_result(answer: str, score: float) -> None:
    assert value(Metric.NUMBER, answer, ("36",)) == score


@pytest.mark.parametrize(
    ("answer", "answers", "score"),
    [
        ("No lo dice.", (), 1.0),
        ("El texto no lo dice", (), 1.0),
        ("En 1987", (), 0.0),
        ("Abrió en 1987", ("1987",), 1.0),
        ("No lo dice, quizá 1987", ("1987",), 0.0),
        ("En 1990", ("1987",), 0.0),
    ],
)
def test_what_a_text_does_not_tell_is_to_be_refused(answer: str, answers: tuple[str, ...], score: float) -> None:
    assert value(Metric.SUPPORTED, answer, answers, refusals=("no lo dice",)) == score


@given(st.text(), st.text(min_size=1, max_size=50))
def test_every_measure_of_any_text_is_from_0_to_1(answer: str, expected: str) -> None:
    for metric in (Metric.EXACT, Metric.F1, Metric.CONTAINS, Metric.NUMBER):
        assert 0.0 <= value(metric, answer, (expected,)) <= 1.0
