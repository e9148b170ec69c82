from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.evaluation.numbers_told import last_number


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Hay 12 lápices.", ["12"]),
        ("3 × 12 = 36", ["36"]),
        ("es -4", ["-4"]),
        ("es −4", ["-4"]),
        ("9-4", ["4"]),
        ("cuesta 2,50 €", ["2.5"]),
        ("it costs $2.50.", ["2.5"]),
        ("1.500", ["1500", "1.5"]),
        ("1.234.567,8", ["1234567.8"]),
        ("1,234,567", ["1234567"]),
        ("son 12 500 habitantes", ["12500"]),
        ("en 2023 450", ["450"]),
        ("0,5 litros", ["0.5"]),
        ("ninguno", []),
        ("versión 1.2.3", []),
        ("", []),
    ],
)
def test_the_last_number_is_read_as_both_languages_write_it(text: str, values: list[str]) -> None:
    assert last_number(text) == {Decimal(value) for value in values}


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_every_whole_number_is_read_however_it_is_grouped(number: int) -> None:
    for between in (",", ".", " "):
        assert number in last_number(f"x = {number:,}.".replace(",", between) if between != "," else f"x {number:,}!")


@given(st.text(alphabet="0123456789., -−", max_size=40))
def test_any_row_of_digits_and_marks_is_read_or_not(text: str) -> None:
    assert all(value.is_finite() for value in last_number(text))


def test_an_expected_number_with_a_comma_is_that_with_a_point() -> None:
    assert last_number("2,5") == last_number("2.5 euros")
