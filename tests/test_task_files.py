"""A person's own questions, from a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.evaluation.files import MAX_MEGABYTES, sample_csv, task_set_from
from chains.evaluation.task_sets import MAX_ANSWER_CHARACTERS, MAX_ITEMS, Metric, TaskItem
from errors import TaskSetInvalid, TaskSetTooLarge


def test_questions_with_their_answers_are_read_in_either_language() -> None:
    found = task_set_from("Pregunta;Respuesta;Texto\n¿Qué es?;uno | dos;El texto\n".encode("utf-8-sig"), "mías")
    assert found.items == (TaskItem(question="¿Qué es?", answers=("uno", "dos"), context="El texto"),)
    assert (found.language, found.names) == ("es", {"es": "mías", "en": "mías"})
    english = task_set_from(b"answer,question\n'-4,What is it?\n", "mine", (Metric.NUMBER,))
    assert english.items == (TaskItem(question="What is it?", answers=("-4",)),)
    assert (english.language, english.metrics) == ("en", (Metric.NUMBER,))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_sample_is_a_file_that_can_be_used(language: str) -> None:
    found = task_set_from(sample_csv(language).encode(), "sample")
    assert (found.language, [len(item.answers) for item in found.items]) == (language, [1, 2, 1])
    assert found.items[2].context


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"question,answer\n", 1),
        (b"question,answer\nwhy,\n", 2),
        (b"question,answer\nwhy, | \n", 2),
        (b"question,answer\na,b\n\n,b\n", 4),
        (b"question\na\n", 2),
        (b"question,answer\na,b,c\n", 2),
        (b'question,answer\na,"b\n', 2),
        (b"question,answer\na,b\x00\n", 2),
        (b"question,answer\na," + b"b" * (MAX_ANSWER_CHARACTERS + 1), 2),
        (b"question,answer\na," + b"b|" * 51, 2),
    ],
)
def test_the_line_that_cannot_be_used_is_told(content: bytes, line: int) -> None:
    with pytest.raises(TaskSetInvalid) as caught:
        task_set_from(content, "mine")
    assert caught.value.values == {"line": line}


@pytest.mark.parametrize("content", [b"x" * (MAX_MEGABYTES * 1_000_000 + 1), b"question,answer\n" + b"a,b\n" * 501])
def test_what_is_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(TaskSetTooLarge) as caught:
        task_set_from(content, "mine")
    assert caught.value.values == {"megabytes": MAX_MEGABYTES, "limit": MAX_ITEMS}


@given(st.binary(max_size=300))
def test_any_file_is_read_or_refused(content: bytes) -> None:
    try:
        found = task_set_from(b"question,answer\n" + content, "mine")
    except TaskSetInvalid:
        return
    assert found.items
