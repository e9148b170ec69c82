"""Triples from files and back, and the results of an evaluation, as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from errors import TriplesInvalid, TriplesTooLarge
from rag.evaluation import EvaluationRow
from safety.spreadsheet_rows import RowUnreadable, csv_rows, decoded
from safety.spreadsheet_table import Cell, csv_table
from storage.triples import Triple

MAX_MEGABYTES = 2
MAX_TRIPLES = 1_000
MAX_QUESTION_CHARACTERS = 2_000
MAX_ANSWER_CHARACTERS = 4_000
MAX_SOURCE_CHARACTERS = 20_000

COLUMNS = {
    "question": ("question", "pregunta", "pergunta", "input"),
    "answer": ("answer", "respuesta", "resposta", "output"),
    "source": ("source", "fuente", "fonte", "context"),
}
BETWEEN_VALUES = re.compile(r"[\s,]*")
RESULT_COLUMNS = (
    "chunk_size", "chunk_overlap", "embedder", "mode", "chunks", "questions", "left_out", "hit_1", "hit_5", "mrr",
    "answer_f1", "search_ms",
)  # fmt: skip
OUTCOME_COLUMNS = ("question", "expected_answer", "rank", "answer", "answer_f1")


def triples_from(content: bytes) -> tuple[Triple, ...]:
    """From CSV whose first line names the columns, or JSON: a list of objects, or one object a line.

    Raises TriplesInvalid with the line where it fails, or TriplesTooLarge. None is taken unless all can be.
    """
    if len(content) > MAX_MEGABYTES * 1_000_000:
        raise _too_large()
    triples: list[Triple] = []
    try:
        for line, row in _rows(decoded(content)):
            if len(triples) == MAX_TRIPLES:
                raise _too_large()
            triples.append(_triple(line, row))
    except RowUnreadable as error:
        raise TriplesInvalid(line=error.line) from error
    if not triples:
        raise TriplesInvalid(line=1)
    return tuple(triples)


def triples_csv(triples: Sequence[Triple]) -> str:
    """What ``triples_from`` reads."""
    rows = [(one.question, one.answer, one.source_text) for one in triples]
    return csv_table(tuple(COLUMNS), rows)


def results_csv(results: Sequence[EvaluationRow]) -> str:
    """A line for each variant."""
    return csv_table(RESULT_COLUMNS, [(*_variant(row), *_figures(row)) for row in results])


def outcomes_csv(results: Sequence[EvaluationRow]) -> str:
    """A line for each question asked of each variant."""
    rows = [
        (*_variant(row), one.triple.question, one.triple.answer, one.rank, one.answer, _rounded(one.overlap))
        for row in results
        for one in row.outcomes
    ]
    return csv_table((*RESULT_COLUMNS[:4], *OUTCOME_COLUMNS), rows)


def _variant(row: EvaluationRow) -> tuple[Cell, ...]:
    settings = row.variant.settings
    return settings.chunk_size, settings.chunk_overlap, settings.embedder, row.variant.mode.value


def _figures(row: EvaluationRow) -> tuple[Cell, ...]:
    counts = (row.num_chunks, len(row.outcomes), row.num_unplaced)
    shares = (row.hit(1), row.hit(5), row.mean_reciprocal_rank, row.overlap)
    return (*counts, *map(_rounded, shares), round(row.search_ms, 1))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    return _json_rows(text) if text.lstrip()[:1] in ("[", "{") else csv_rows(text)


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a list, or one after the other."""
    decoder = json.JSONDecoder()
    start = len(text) - len(text.lstrip())
    is_list = text.startswith("[", start)
    at = _next_value(text, start + is_list)
    while at < len(text) and not (is_list and text[at] == "]"):
        line = text.count("\n", 0, at) + 1
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise TriplesInvalid(line=error.lineno) from error
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets without end
            raise TriplesInvalid(line=line) from error
        if not isinstance(value, dict):
            raise TriplesInvalid(line=line)
        yield line, {name.strip().casefold(): cell for name, cell in value.items()}
        at = _next_value(text, end)
    if is_list and text[at:].strip() != "]":
        raise TriplesInvalid(line=text.count("\n") + 1)


def _next_value(text: str, start: int) -> int:
    found = BETWEEN_VALUES.match(text, start)
    return found.end() if found else start


def _triple(line: int, row: dict[str, Any]) -> Triple:
    cells = {name: next((row[one] for one in names if one in row), "") for name, names in COLUMNS.items()}
    question, answer, source = ("" if cell is None else cell for cell in cells.values())
    if not all(isinstance(cell, str) for cell in (question, answer, source)) or not question.strip():
        raise TriplesInvalid(line=line)
    limits = (MAX_QUESTION_CHARACTERS, MAX_ANSWER_CHARACTERS, MAX_SOURCE_CHARACTERS)
    if any(len(cell) > limit for cell, limit in zip((question, answer, source), limits, strict=True)):
        raise TriplesInvalid(line=line)
    if not (answer.strip() or source.strip()):
        raise TriplesInvalid(line=line)
    return Triple(question.strip(), answer.strip(), source.strip())


def _too_large() -> TriplesTooLarge:
    return TriplesTooLarge(megabytes=MAX_MEGABYTES, limit=MAX_TRIPLES)
