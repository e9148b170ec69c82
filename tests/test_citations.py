from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.evidence import numbers_in
from chains.languages import language_of
from chains.sentences import sentences
from rag.citations import Citation, Citer, NumberedPassage, cite
from storage.document_records import Chunk, Passage, Vector

BRIDGE = "El puente de Londres se abrió en 1973. Mide 269 metros. El príncipe Carlos no asistió a la ceremonia."
TESLA = "Nikola Tesla moved to New York in 1884. He worked for three companies. Thomas Edison hired him at once."
PAGE_BEFORE = "Otra cosa. "


def numbered(number: int, text: str, before: str = "") -> NumberedPassage:
    chunk = Chunk(number, 1, len(before), len(before) + len(text), text)
    return NumberedPassage(number, Passage(number, f"d{number}", f"name {number}", "", chunk))


GIVEN = (numbered(3, BRIDGE, PAGE_BEFORE), numbered(7, TESLA))


class Letters:
    """Embeds a text as its counts of letters; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        self.asked += texts
        rows = np.array([[text.lower().count(chr(letter)) for letter in range(97, 123)] for text in texts], np.float32)
        lengths: Vector = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9))
        return np.asarray(rows / lengths, np.float32)


def numbers(answer: str, given: Sequence[NumberedPassage] = GIVEN) -> list[int | None]:
    return [citation.passage for citation in cite(answer, given, None)]


def test_each_sentence_is_cited_to_its_passage_and_the_stretch_of_the_page() -> None:
    answer = "Thomas Edison hired him at once. Mide exactamente 269 metros."
    first, second = cite(answer, GIVEN, None)
    assert (answer[first.start : first.end], first.passage) == ("Thomas Edison hired him at once.", 7)
    assert TESLA[first.source_start : first.source_end] == "Thomas Edison hired him at once."
    page = PAGE_BEFORE + BRIDGE
    assert second.passage == 3
    assert page[second.source_start : second.source_end] == "Mide 269 metros."


@pytest.mark.parametrize(
    "answer",
    [
        "El puente de Londres se abrió en 1974.",  # another number
        "Thomas Watson hired him at once.",  # another name
        "Las ballenas azules comen toneladas de plancton diariamente.",
    ],
)
def test_what_no_passage_says_has_no_source(answer: str) -> None:
    assert numbers(answer) == [None]


@pytest.mark.parametrize(
    "answer", ["¿Quieres saber más?", "Claro que sí.", "Hola.", "Aquí tienes la respuesta:", "# El puente de 1973"]
)
def test_what_claims_nothing_needs_no_source(answer: str) -> None:
    assert [citation.needs_source for citation in cite(answer, GIVEN, None)] == [False]


def test_a_sentence_of_two_passages_has_both() -> None:
    assert numbers("El puente de Londres se abrió en 1973 y Nikola Tesla moved to New York in 1884.") == [3, 7]


def test_a_sentence_over_two_of_a_passage_marks_both() -> None:
    (citation,) = cite("He worked for three companies and Thomas Edison hired him at once.", GIVEN, None)
    assert TESLA[citation.source_start : citation.source_end].startswith("He worked")
    assert citation.source_end == len(TESLA)


def test_numbers_are_compared_however_they_are_written() -> None:
    assert numbers_in("1,000 y 1.000 y 1 000 y 3,5") == {"1000", "3.5"}
    assert numbers("He worked for 3 companies.") == [7]


def test_the_marks_that_a_model_writes_are_not_believed() -> None:
    assert numbers("Thomas Edison hired him at once [3].") == [7]


def test_without_passages_nothing_has_a_source() -> None:
    assert cite("El puente mide 269 metros.", (), None) == (Citation(0, 26),)


def test_a_growing_answer_is_cited_up_to_its_last_sentence_and_no_sentence_twice() -> None:
    embedder = Letters()
    citer = Citer(GIVEN, embedder)
    assert citer.cite("Thomas Edison hired him at on", is_whole=False) == ()
    assert [one.passage for one in citer.cite("Thomas Edison hired him at once. And", is_whole=False)] == [7]
    assert [one.passage for one in citer.cite("Thomas Edison hired him at once. Adiós.")] == [7, None]
    assert embedder.asked.count("Thomas Edison hired him at once.") == 2  # of the passage, and of the answer once


# --- sentences --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("El Sr. Pérez nació en EE. UU. en 1950. Murió.", ["El Sr. Pérez nació en EE. UU. en 1950.", "Murió."]),
        ("Según el art. 5, p. ej. esto. ¿Sí? No...", ["Según el art. 5, p. ej. esto.", "¿Sí?", "No..."]),
        ("Dr. J. R. Smith paid 3.5 million. He left.", ["Dr. J. R. Smith paid 3.5 million.", "He left."]),
        ("- Uno. Dos.\n- Tres\n1. Cuatro", ["Uno.", "Dos.", "Tres", "Cuatro"]),
        ("Two lines\nof one sentence.\n\nNext", ["Two lines\nof one sentence.", "Next"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["| a | b |", "|---|---|", "| 1 | 2 |"]),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]) -> None:
    assert [text[one.start : one.end] for one in sentences(text)] == expected


def test_code_and_headings_are_told_apart() -> None:
    text = "# T\n```\nx. Y\n```\n| a |\n|--|\n| 1 |\nend"
    kinds = [one.kind for one in sentences(text)]
    assert kinds == ["heading", "code", "code", "code", "heading", "code", "row", "prose"]


PIECES = st.lists(st.sampled_from(["Uno", " dos", ". ", "Tr. ", "\n", "\n\n", "- ", "| a |", "```", "? ", "# ", "«"]))


@given(PIECES, st.data())
def test_sentences_are_in_order_and_finished_ones_stay(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    cut = data.draw(st.integers(0, len(text)))
    found = sentences(text)
    offsets = [offset for one in found for offset in (one.start, one.end)]
    assert offsets == sorted(offsets)
    assert all(text[one.start : one.end].strip() for one in found)
    whole = {(one.start, one.end) for one in found}
    early = [one for one in sentences(text[:cut], is_whole=False) if one.is_finished]
    assert all((one.start, one.end) in whole for one in early)


def test_the_language_of_a_question() -> None:
    assert language_of("¿Cuándo se abrió el puente?", "en") == "es"
    assert language_of("When was the bridge opened?", "es") == "en"
    assert language_of("Andrés Abeliuk", "es") == "es"
