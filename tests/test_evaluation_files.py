"""Questions with their answers from files of any make, and the results as a spreadsheet may open them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import TriplesInvalid, TriplesTooLarge
from rag.evaluation import EvaluationRow, Outcome, Variant
from rag.evaluation_files import MAX_TRIPLES, outcomes_csv, results_csv, triples_csv, triples_from
from rag.modes import Mode
from rag.settings import CollectionSettings
from storage.triples import Triple

CSV = 'Pregunta;Respuesta;Fuente\r\n¿Qué baja?;Los ríos;ríos.pdf\r\n\r\n¿Y qué?;"El\nmar";\r\n'
EXPECTED = [("¿Qué baja?", "Los ríos", "ríos.pdf"), ("¿Y qué?", "El\nmar", "")]


def parts(content: str | bytes) -> list[tuple[str, str, str]]:
    written = content.encode() if isinstance(content, str) else content
    return [(one.question, one.answer, one.source_text) for one in triples_from(written)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_spreadsheets_of_any_language_and_encoding_are_read(encoding: str) -> None:
    assert parts(CSV.encode(encoding)) == EXPECTED
    assert parts(CSV.replace(";", ",").encode(encoding)) == EXPECTED
    assert parts(CSV.replace(";", "\t").encode(encoding)) == EXPECTED


def test_columns_come_in_any_order_and_may_be_missing() -> None:
    assert parts("source,notes,question\nA text.,x,Why?\n") == [("Why?", "", "A text.")]


@pytest.mark.parametrize(
    "content",
    [
        '[{"question": "¿Qué baja?", "answer": "Los ríos", "source": "ríos.pdf"},'
        '\n {"pregunta": "¿Y qué?", "respuesta": "El\\nmar", "fuente": null, "more": 1}]\n',
        '{"question": "¿Qué baja?", "answer": "Los ríos", "source": "ríos.pdf"}\n{"question": "¿Y qué?", "answer":'
        ' "El\\nmar"}',
    ],
    ids=["list", "lines"],
)
def test_json_is_read_as_a_list_or_line_by_line(content: str) -> None:
    assert parts(content) == EXPECTED


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("question,answer\n", 1),
        ("frage,antwort\na,b\n", 2),
        ("question,answer\na,b\n,c\n", 3),
        ("question,answer\na,b\nc,\n", 3),
        ("question,answer\na,b,c\n", 2),
        ('question,answer\n"a\nb",c\nd,\n', 4),
        ('question,answer\na,"b', 2),
        (f"question,answer\na,{'b' * 200_000}\n", 2),
        ("question,answer\na,b\x00\n", 2),
        ('[{"question": "a", "answer": "b"},\n 7]', 2),
        ('[{"question": "a", "answer": "b"},\n {"question": "c"}]', 2),
        ('[{"question": "a", "answer": "b"},\n {"question": 5, "answer": "b"}]', 2),
        ('[{"question": "a",\n "answer" "b"}]', 2),
        ('[{"question": "a", "answer": "b"}\n', 2),
        ('[{"question": "a", "answer": "b"}]\n and more', 2),
        ('{"question": "a", "answer": ' + "[" * 100_000, 1),
        ('{"question": ' + "7" * 10_000 + "}", 1),
        ("[]", 1),
        ("x" * 1_999_999, 1),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(content: str, line: int) -> None:
    with pytest.raises(TriplesInvalid) as caught:
        triples_from(content.encode())
    assert caught.value.values == {"line": line}


def test_files_have_a_limit() -> None:
    row = "a,b\n"
    assert len(triples_from(f"question,answer\n{row * MAX_TRIPLES}".encode())) == MAX_TRIPLES
    for content in (f"question,answer\n{row * (MAX_TRIPLES + 1)}", "x" * 2_000_001):
        with pytest.raises(TriplesTooLarge):
            triples_from(content.encode())


CELL = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
    .map(str.strip)
    .filter(lambda cell: cell.strip("'") == cell != "")
)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_what_was_written_is_read_again(cells: list[tuple[str, str]]) -> None:
    kept = [Triple(question, answer, f"=1+{question}") for question, answer in cells]
    assert parts(triples_csv(kept)) == [(one.question, one.answer, one.source_text) for one in kept]


def test_no_cell_begins_a_formula() -> None:
    triple = Triple("=HYPERLINK(1)", "+1", "\t@SUM")
    settings = CollectionSettings(embedder="=cmd|' /C calc'!A0")
    row = EvaluationRow(Variant(settings, Mode.ADVANCED), 7, 1, 1.25, (Outcome(triple, 2, "-2+3", 0.5),))
    for written in (triples_csv([triple]), results_csv([row]), outcomes_csv([row])):
        cells = [cell for line in csv.reader(io.StringIO(written)) for cell in line]
        assert cells
        assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r"} for cell in cells)


def test_results_have_a_line_for_each_variant() -> None:
    triple = Triple("q", "a")
    variant = Variant(CollectionSettings(chunk_size=300, chunk_overlap=20))
    outcomes = (Outcome(triple, 1), Outcome(triple, 4), Outcome(triple, None))
    row = EvaluationRow(variant, 12, 2, 3.14159, outcomes)
    figures = dict(next(csv.DictReader(io.StringIO(results_csv([row])))))
    assert figures == {
        "chunk_size": "300", "chunk_overlap": "20", "embedder": "use-multilingual", "mode": "naive", "chunks": "12",
        "questions": "3", "left_out": "2", "hit_1": "0.3333", "hit_5": "0.6667", "mrr": "0.4167", "answer_f1": "",
        "search_ms": "3.1",
    }  # fmt: skip
    assert len(outcomes_csv([row, row]).splitlines()) == 1 + 6
