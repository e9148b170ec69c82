"""The calculator: right where arithmetic has an answer, and bounded whatever is written into it."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agents.tools.arithmetic import (
    FUNCTIONS,
    MAX_BITS,
    MAX_CHARACTERS,
    OPERATORS,
    ArithmeticTooLarge,
    Number,
    calculate,
    written,
)
from agents.tools.arithmetic_tokens import ArithmeticInvalid
from agents.tools.calculator import calculator_tool
from agents.tools.tool import Observation, Reach
from errors import CalculationInvalid, CalculationTooLarge

SIGNS = ("+", "-", "*", "/", "//", "**")
NUMBERS = st.integers(0, 99).map(str) | st.floats(0.01, 99).map(lambda value: f"{value:.2f}")
BOUNDED = st.integers(-(2**MAX_BITS) + 1, 2**MAX_BITS - 1) | st.integers(-600, 600) | st.floats()


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    """Arithmetic as Python reads it, in parentheses here and there only."""
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        inner = draw(expressions(depth=depth - 1)) if depth and draw(st.booleans()) else None
        part = draw(NUMBERS) if inner is None else f"({inner})"
        parts += [draw(st.sampled_from(("", "", "-"))) + part, draw(st.sampled_from(SIGNS))]
    return " ".join(parts[:-1])


@given(expressions())
def test_it_calculates_as_python_does(expression: str) -> None:
    try:
        read, result = calculate(expression)
    except (ArithmeticInvalid, ArithmeticTooLarge):
        assume(False)
    expected = eval(expression, {"__builtins__": {}})  # noqa: S307 (numbers and signs that this file has chosen)
    assert float(result) == pytest.approx(float(expected), rel=1e-11)
    assert eval(read, {"__builtins__": {}}) == expected  # noqa: S307 (what it shows means the same)


@given(expressions())
def test_what_it_refuses_has_no_small_result(expression: str) -> None:
    try:
        calculate(expression)
    except ArithmeticTooLarge:
        assert "**" in expression
    except ArithmeticInvalid:
        assume("**" not in expression)  # Python would have to work it out
        with pytest.raises(ZeroDivisionError):
            eval(expression, {"__builtins__": {}})  # noqa: S307


@given(st.text(max_size=90) | st.text("0123456789.,+-*/^%!()√²e π", max_size=90))
def test_any_text_has_a_result_or_is_refused(text: str) -> None:
    try:
        read, result = calculate(text)
    except (ArithmeticInvalid, ArithmeticTooLarge):
        return
    assert math.isfinite(float(result) if "e+" not in result else 0.0)
    assert calculate(read)[1] == result
    assert len(result) <= 50


@given(st.sampled_from(sorted(OPERATORS)), BOUNDED, BOUNDED)
def test_no_step_makes_more_than_twice_the_digits(sign: str, value: Number, other: Number) -> None:
    assert_bounded(OPERATORS[sign], value, other)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(BOUNDED, max_size=4))
def test_no_function_makes_more_than_twice_the_digits(name: str, values: list[Number]) -> None:
    assert_bounded(FUNCTIONS[name], *values)


def assert_bounded(function: Callable[..., Number], *values: Number) -> None:
    try:
        result = function(*values)
    except (ArithmeticInvalid, ArithmeticTooLarge, ArithmeticError, ValueError, TypeError):
        return
    assert not isinstance(result, int) or result.bit_length() <= 2 * MAX_BITS


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("37 ** 0.4", "4.23916859977"),
        ("37^0,4", "4.23916859977"),
        ("2^100", "1267650600228229401496703205376"),
        ("0.1 + 0.2", "0.3"),
        ("-2^2", "-4"),
        ("2**-1", "0.5"),
        ("2**3**2", "512"),
        ("10 % 3", "1"),
        ("15% of 80", "12"),
        ("15% de 80", "12"),
        ("200 * 15%", "30"),
        ("1.234,5 * 2", "2469"),
        ("1,234,567 * 2", "2469134"),
        ("1.234.567 * 2", "2469134"),
        ("0,125 * 8", "1"),
        ("max(1,5)", "5"),
        ("max(1; 5)", "5"),
        ("√16 + 5²", "29"),
        ("raíz(2)", "1.41421356237"),
        ("log(8, 2) + ln(e)", "4"),
        ("sin(30°)", "0.5"),
        ("sin(π)", "0"),
        ("10! / 8!", "90"),
        ("round(2.5)", "3"),
        ("promedio(1, 2, 6)", "3"),
        ("10**400 / 10**399", "10"),
        ("(2**2000) * (2**2000)", "1.31820409343e+1204"),
        ("¿2 × 3 − 4 ÷ 8?", "5.5"),
        ("= 007 + 1 =", "8"),
    ],
)
def test_what_people_and_models_write(expression: str, result: str) -> None:
    assert calculate(expression)[1] == result


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9",
        "9**3999999 * 9**3999999",
        "(((9**99)**99)**99)**99",
        "factorial(200000)",
        "5!!!",
        "comb(100000, 50000)",
        "lcm(2**4000 - 1, 2**4001 - 1, 2**4003 - 1)",
        "exp(1000)",
        "1e999",
        "1e308 * 10",
    ],
)
def test_bombs_are_too_large(expression: str) -> None:
    with pytest.raises(ArithmeticTooLarge):
        calculate(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "2 +",
        "2 2",
        "2pi",
        "1/0",
        "√(-1)",
        "(-8)**(1/3)",
        "1,234",  # one and a bit, or more than a thousand
        "0x10",
        "1_000",
        "1j",
        "٣+٤",
        "sqrt",
        "sum()",
        "sqrt(1, 2)",
        "2 > 1",
        "'a' * 99999",
        "[1] * 99999",
        "__import__('os').system('id')",
        "(1).__class__",
        "e.real",
        "x := 1",
        "lambda: 1",
        "factorial(2.5)",
        "(" * 150 + "1" + ")" * 149,
        "-" * 299 + "1",
        "√" * 299 + "1",
        "2" + "**2" * 99,
        "1" * (MAX_CHARACTERS + 1),
    ],
)
def test_what_is_no_arithmetic_is_refused(expression: str) -> None:
    with pytest.raises(ArithmeticInvalid):
        calculate(expression)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_results_keep_their_value(value: Number) -> None:
    assert float(written(value)) == pytest.approx(value, rel=1e-11)


async def test_the_tool_shows_how_it_read_the_expression() -> None:
    tool = calculator_tool()
    call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"expression": "37^0,4"}}
    message = await tool.tool.ainvoke(call)
    assert (message.content, message.artifact) == ("37 ** 0.4 = 4.23916859977", Observation())
    assert tool.reach is Reach.HERE
    assert not tool.is_untrusted


@pytest.mark.parametrize(("expression", "fault"), [("2 +", CalculationInvalid), ("9**9**9", CalculationTooLarge)])
async def test_the_tool_says_why_it_has_no_result(expression: str, fault: type[Exception]) -> None:
    with pytest.raises(fault) as caught:
        await calculator_tool().tool.ainvoke({"expression": expression})
    assert getattr(caught.value, "values", {}) == {"tool": "calculator", "expression": expression}
