"""Arithmetic and dates in questions, found without a model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.strategies.spoken_arithmetic import expression_in, operation_in
from agents.strategies.spoken_dates import birthday_in, date_question, today_told, years_in
from agents.tools.arithmetic import calculate


@pytest.mark.parametrize(
    ("question", "result"),
    [
        ("cuánto es 37 ** 0.4", "4.23916859977"),
        ("¿Cuánto es 37 elevado a 0,4?", "4.23916859977"),
        ("¿Cuánto es 2^10?", "1024"),
        ("What's 3 times 4 plus 5?", "17"),
        ("what is 15% of 80?", "12"),
        ("¿Cuánto es el 15 por ciento de 80?", "12"),
        ("calcula la raíz cuadrada de 144", "12"),
        ("Calculate the square root of 144.", "12"),
        ("2 + 2", "4"),
        ("How much is 17 % of 2,480 plus the square root of 1,764?", "463.6"),
        ("¿Cuánto es el 17 % de 2480 más la raíz cuadrada de 1764?", "463.6"),
        ("tell me what is 12 x 12", "144"),
        ("5 al cuadrado", "25"),
        ("factorial de 5", "120"),
    ],
)
def test_arithmetic_is_told_from_other_questions(question: str, result: str) -> None:
    expression = expression_in(question)
    assert expression is not None
    assert calculate(expression)[1] == result


@pytest.mark.parametrize(
    "question",
    [
        "who is the president of Chile",
        "what is 42",
        "how much is a BMW 3",
        "what happened in 1970",
        "quién es Messi 10",
        "",
    ],
)
def test_what_is_no_arithmetic_is_left_alone(question: str) -> None:
    assert expression_in(question) is None


def test_what_is_too_large_is_arithmetic_all_the_same() -> None:
    assert expression_in("how much is 9**9**9") == "9**9**9"


@pytest.mark.parametrize(
    ("question", "fact", "expression"),
    [
        ("age of the president of Chile raised to 0.4", "age of the president of Chile", "37 ** 0.4"),
        ("edad del presidente de Chile elevada a 0,4", "edad del presidente de Chile", "37 ** 0.4"),
        (
            "What is the current age of the president of Chile, raise his age to the power of 0.4",
            "What is the current age of the president of Chile",
            "37 ** 0.4",
        ),
        (
            "¿Cuál es la edad actual del presidente de Chile? Eleva su edad a la potencia de 0.4",
            "¿Cuál es la edad actual del presidente de Chile",
            "37 ** 0.4",
        ),
        ("raíz cuadrada de la edad del Papa", "la edad del Papa", "sqrt(37)"),
        ("the height of Everest squared", "the height of Everest", "37 ** 2"),
        ("población de España dividida entre 2", "población de España", "37 / 2"),
        ("the population of France multiplied by 3?", "the population of France", "37 * 3"),
    ],
)
def test_work_on_a_number_that_is_not_known_yet(question: str, fact: str, expression: str) -> None:
    operation = operation_in(question)
    assert operation is not None
    assert (operation.fact, operation.on("37")) == (fact, expression)


@pytest.mark.parametrize(
    "question", ["current president of Argentina", "raised to 0.4", "who raised the flag in 1945", ""]
)
def test_no_operation_is_made_up(question: str) -> None:
    assert operation_in(question) is None


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("What time is it in Santiago?", "Santiago"),
        ("¿Qué hora es en Buenos Aires?", "Buenos Aires"),
        ("What's today's date?", ""),
        ("¿Qué día es hoy?", ""),
        ("what day is it today in Tokyo", "Tokyo"),
        ("¿A qué fecha estamos?", ""),
    ],
)
def test_questions_for_the_clock(question: str, place: str) -> None:
    assert date_question(question) == place


@pytest.mark.parametrize(
    "question", ["When was Chile founded?", "What day did Borges die?", "¿Qué hora de la historia es?"]
)
def test_other_questions_about_time_are_not_for_the_clock(question: str) -> None:
    assert date_question(question) is None


@pytest.mark.parametrize(
    ("sentence", "birthday"),
    [
        ("José Antonio Kast Rist (Santiago, 18 de enero de 1966) es un abogado.", "1966-01-18"),
        ("Gabriel Boric Font (born 11 February 1986) is a politician.", "1986-02-11"),
        ("She was born on February 11th, 1986 in Punta Arenas.", "1986-02-11"),
        ("Nació el 11 de febrero del 1986.", "1986-02-11"),
        ("Fecha de nacimiento: 1986-02-11", "1986-02-11"),
        ("He took office on 11 March 2022.", ""),
        ("Nació el 31 de febrero de 1986.", ""),
        ("Nobody knows.", ""),
    ],
)
def test_birthdays_are_found_in_sentences(sentence: str, birthday: str) -> None:
    assert birthday_in(sentence) == birthday


def test_what_the_clock_says_is_said_in_the_persons_language() -> None:
    told = "Today is Sunday, 2026-11-22. The time is 05:28:11 in America/Santiago (UTC-03:00)."
    assert today_told(told, "es") == "Hoy es domingo 22 de noviembre de 2026 y son las 05:28 (America/Santiago)."
    assert today_told("Sunday.", "en") == "Sunday."
    assert years_in("From 1966-01-18 to 2026-11-22: 60 years, 10 months (22223 days in all).") == "60"
    assert years_in("From 2026-01-18 to 2026-11-22: 10 months.") == ""


@given(st.text(alphabet="raisedtovul0.4 ^*¿?,años", max_size=400))
def test_no_question_is_an_accident(question: str) -> None:
    expression_in(question)
    operation_in(question)
    date_question(question)
    birthday_in(question)
