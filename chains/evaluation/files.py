"""Task sets from files of anybody, and results as files that no spreadsheet takes for formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from chains.evaluation.plans import EvaluationPlan
from chains.evaluation.scores import ScoreRow, by_variant
from chains.evaluation.task_sets import (
    MAX_ANSWER_CHARACTERS,
    MAX_ANSWERS,
    MAX_ITEMS,
    MAX_QUESTION_CHARACTERS,
    Metric,
    TaskItem,
    TaskSet,
)
from chains.languages import language_of
from errors import TaskSetInvalid, TaskSetTooLarge
from safety.spreadsheet_rows import RowUnreadable, csv_rows, decoded
from safety.spreadsheet_table import Cell, csv_table
from storage.evaluations import StoredOutcome

MAX_MEGABYTES = 2
COLUMNS = {
    "question": ("question", "pregunta", "input"),
    "answer": ("answer", "respuesta", "output"),
    "context": ("context", "contexto", "text", "texto"),
}
BETWEEN_ANSWERS = "|"
METRICS = (Metric.CONTAINS, Metric.EXACT, Metric.F1)
FIGURES = ("model", "template", "questions", "done", "score", "low", "high", "faults", "cut", "median_seconds")
SAMPLES = {
    "en": (
        ("question", "answer", "context"),
        ("What is the capital of Chile?", "Santiago", ""),
        ("How much is 7 times 8?", "56 | fifty-six", ""),
        ("When does the library close?", "at six", "The library opens at nine and closes at six."),
    ),
    "es": (
        ("pregunta", "respuesta", "contexto"),
        ("¿Cuál es la capital de Chile?", "Santiago", ""),
        ("¿Cuánto es 7 por 8?", "56 | cincuenta y seis", ""),
        ("¿A qué hora cierra la biblioteca?", "a las seis", "La biblioteca abre a las nueve y cierra a las seis."),
    ),
}
OUTCOME_COLUMNS = ("model", "template", "question", "expected", "answer", "score", "fault", "cut", "seconds")


def task_set_from(content: bytes, name: str, metrics: Sequence[Metric] = METRICS) -> TaskSet:
    """From CSV whose first line names the columns; between several right answers stands a bar.

    Raises TaskSetInvalid with the line where it fails, or TaskSetTooLarge. None is taken unless all can be.
    """
    if len(content) > MAX_MEGABYTES * 1_000_000:
        raise _too_large()
    items: list[TaskItem] = []
    try:
        for line, row in csv_rows(decoded(content)):
            if len(items) == MAX_ITEMS:
                raise _too_large()
            items.append(_item(line, row))
    except RowUnreadable as error:
        raise TaskSetInvalid(line=error.line) from error
    if not items:
        raise TaskSetInvalid(line=1)
    language = language_of(" ".join(item.question for item in items), "en")
    told: Literal["es", "en"] = "es" if language == "es" else "en"
    return TaskSet(language=told, names={"es": name, "en": name}, metrics=tuple(metrics), items=tuple(items))


def sample_csv(language: str) -> str:
    """A small file that ``task_set_from`` reads, to be filled with questions of one's own."""
    columns, *rows = SAMPLES[language]
    return csv_table(columns, rows)


def scores_csv(rows: Sequence[ScoreRow]) -> str:
    """A line for each variant."""
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    lines = [
        (
            *(row.variant.model, row.variant.template.name, row.num_items, row.num),
            *map(_rounded, (row.score, *(row.interval or (None, None)))),
            *(row.num_faults, row.num_cut, _rounded(row.median_seconds)),
            *(_rounded(row.metrics.get(name)) for name in names),
        )
        for row in rows
    ]
    return csv_table((*FIGURES, *names), lines)


def outcomes_csv(plan: EvaluationPlan, stored: Iterable[StoredOutcome]) -> str:
    """A line for each question asked of each variant."""
    lines: list[tuple[Cell, ...]] = []
    for variant, outcomes in zip(plan.variants, by_variant(plan, stored), strict=True):
        for place, outcome in sorted(outcomes.items()):
            item = plan.task_set.items[place]
            expected = BETWEEN_ANSWERS.join(item.answers)
            score = _rounded(outcome.value(plan.main_metric))
            told = (score, outcome.fault, int(outcome.was_cut), _rounded(outcome.seconds))
            lines.append((variant.model, variant.template.name, item.question, expected, outcome.answer, *told))
    return csv_table(OUTCOME_COLUMNS, lines)


def _item(line: int, row: Mapping[str, str]) -> TaskItem:
    cells = {name: next((row[one] for one in names if one in row), "").strip() for name, names in COLUMNS.items()}
    limits = (MAX_QUESTION_CHARACTERS, MAX_ANSWER_CHARACTERS, MAX_QUESTION_CHARACTERS)
    answers = tuple(answer.strip() for answer in cells["answer"].split(BETWEEN_ANSWERS) if answer.strip())
    is_too_long = any(len(cell) > limit for cell, limit in zip(cells.values(), limits, strict=True))
    if is_too_long or not cells["question"] or not 0 < len(answers) <= MAX_ANSWERS:
        raise TaskSetInvalid(line=line)
    return TaskItem(question=cells["question"], answers=answers, context=cells["context"])


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _too_large() -> TaskSetTooLarge:
    return TaskSetTooLarge(megabytes=MAX_MEGABYTES, limit=MAX_ITEMS)
