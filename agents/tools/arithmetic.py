"""Works out arithmetic that others wrote, without ever running it as a program.

Nothing that is written here can take long or fill memory: the text is short, each of its signs is looked at once, and
no number grows beyond MAX_BITS, which is checked before a product or a power is worked out.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from typing import TypeAlias

from agents.tools.arithmetic_tokens import PERCENT, ArithmeticInvalid, shown, tokens_of

Number: TypeAlias = int | float

MAX_CHARACTERS = 300
MAX_DEPTH = 40  # of parentheses, signs and powers within each other
MAX_BITS = 4_096
MAX_FACTORIAL = 500
MAX_EXACT = 10**40
CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}


class ArithmeticTooLarge(Exception):
    """A result or a step to it would be too large."""


def calculate(expression: str) -> tuple[str, str]:
    """``expression`` as it was read, and its result. Raises ArithmeticInvalid or ArithmeticTooLarge."""
    if len(expression) > MAX_CHARACTERS:
        raise ArithmeticInvalid
    tokens = tokens_of(expression)
    try:
        value = _Reader(tokens).whole()
    except OverflowError as error:
        raise ArithmeticTooLarge from error
    except (ArithmeticError, ValueError, TypeError) as error:  # the root of -1, a division by 0, too few arguments
        raise ArithmeticInvalid from error
    return shown(tokens), written(value)


def written(value: Number) -> str:
    """Whole numbers in full while a person can read them, others with 12 significant digits."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, float):
        return f"{value:.12g}"
    if abs(value) < MAX_EXACT:
        return str(value)
    digits, exponent = f"{Decimal(value):.11e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{exponent}"


class _Reader:
    """Works out tokens from left to right, as precedence asks: signs and powers bind as they do in Python."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [*tokens, ""]
        self._position = 0
        self._depth = 0

    def whole(self) -> Number:
        value = self._sum()
        if self._next:
            raise ArithmeticInvalid
        return value

    @property
    def _next(self) -> str:
        return self._tokens[self._position]

    def _take(self, *wanted: str) -> str:
        """The next token if it is one of ``wanted``, which is then left behind; else nothing."""
        if self._next not in wanted:
            return ""
        self._position += 1
        return self._tokens[self._position - 1]

    def _expect(self, wanted: str) -> None:
        if not self._take(wanted):
            raise ArithmeticInvalid

    def _go_deeper(self) -> None:
        """Every way into a deeper level leads through here."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ArithmeticInvalid

    def _sum(self) -> Number:
        value = self._product()
        while sign := self._take("+", "-"):
            other = self._product()
            value = _checked(value + other if sign == "+" else value - other)
        return value

    def _product(self) -> Number:
        value = self._signed()
        while sign := self._take("*", "/", "//", "%", "of"):
            value = _checked(OPERATORS[sign](value, self._signed()))
        return value

    def _signed(self) -> Number:
        self._go_deeper()
        sign = self._take("+", "-")
        value = self._signed() if sign else self._power()
        self._depth -= 1
        return -value if sign == "-" else value

    def _power(self) -> Number:
        value = self._marked()
        return _checked(_to_the_power(value, self._signed())) if self._take("**") else value

    def _marked(self) -> Number:
        """A value and the marks behind it: 5!, 15%, 30°."""
        value = self._single()
        while True:
            if self._take("!"):
                value = _factorial(value)
            elif self._take("°"):
                value = math.radians(value)
            elif self._take(PERCENT):
                value = value / 100
            else:
                return value

    def _single(self) -> Number:
        if self._take("√"):
            self._go_deeper()
            root = math.sqrt(self._single())
            self._depth -= 1
            return root
        if self._take("("):
            value = self._sum()
            self._expect(")")
            return value
        word = self._take(self._next)
        if word[:1].isdigit() or word[:1] == ".":
            return _checked(int(word) if word.isdigit() else float(word))
        if word in CONSTANTS:
            return CONSTANTS[word]
        if word not in FUNCTIONS:
            raise ArithmeticInvalid
        return _checked(FUNCTIONS[word](*self._arguments()))

    def _arguments(self) -> list[Number]:
        self._expect("(")
        values = [self._sum()]
        while self._take(","):
            values.append(self._sum())
        self._expect(")")
        return values


def _checked(value: Number) -> Number:
    if isinstance(value, complex) or value != value:  # a fractional power of a negative number; no number
        raise ArithmeticInvalid
    if math.isinf(value) if isinstance(value, float) else value.bit_length() > MAX_BITS:
        raise ArithmeticTooLarge
    return value


def _times(value: Number, other: Number) -> Number:
    if isinstance(value, int) and isinstance(other, int) and value.bit_length() + other.bit_length() > MAX_BITS + 1:
        raise ArithmeticTooLarge
    return value * other


def _to_the_power(value: Number, exponent: Number) -> Number:
    if isinstance(value, int) and isinstance(exponent, int) and (value.bit_length() - 1) * exponent > MAX_BITS:
        raise ArithmeticTooLarge
    power: Number = value**exponent
    return power


def _whole(value: Number) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ArithmeticInvalid
    return int(value)


def _factorial(value: Number) -> int:
    if _whole(value) > MAX_FACTORIAL:
        raise ArithmeticTooLarge
    return math.factorial(_whole(value))


def _chosen(count: Callable[[int, int], int]) -> Callable[[Number, Number], int]:
    def counted(value: Number, taken: Number) -> int:
        if _whole(value) > MAX_FACTORIAL:
            raise ArithmeticTooLarge
        return count(_whole(value), _whole(taken))

    return counted


def _on_whole(function: Callable[[int, int], int]) -> Callable[..., Number]:
    return lambda *values: reduce(lambda one, other: _checked(function(_whole(one), _whole(other))), values)


def _rounded(value: Number, digits: Number = 0) -> Number:
    """Halves away from 0, as people do it."""
    if abs(digits) > 10:
        raise ArithmeticInvalid
    if abs(value) >= 1e15:
        return value
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-_whole(digits)), ROUND_HALF_UP))


def _of_angle(function: Callable[[float], float]) -> Callable[[Number], float]:
    """No machine holds pi exactly: what is left of sin(pi) for that reason alone is 0."""

    def clean(angle: Number) -> float:
        value = function(angle)
        return 0.0 if abs(value) <= abs(angle) * 2**-52 and abs(angle) > 1 else value

    return clean


OPERATORS: dict[str, Callable[[Number, Number], Number]] = {
    "*": _times,
    "of": _times,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": _to_the_power,
}
FUNCTIONS: dict[str, Callable[..., Number]] = {
    "sqrt": math.sqrt,
    "cbrt": math.cbrt,
    "exp": math.exp,
    "ln": math.log,
    "log": math.log,  # natural, or of the base that follows
    "log2": math.log2,
    "log10": math.log10,
    **{name: _of_angle(function) for name, function in (("sin", math.sin), ("cos", math.cos), ("tan", math.tan))},
    **{name: getattr(math, name) for name in ("asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "hypot")},
    "degrees": math.degrees,
    "radians": math.radians,
    "abs": abs,
    "round": _rounded,
    "floor": math.floor,
    "ceil": math.ceil,
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "sum": lambda *values: sum(values),
    "mean": lambda *values: sum(values) / len(values),
    "factorial": _factorial,
    "gcd": _on_whole(math.gcd),
    "lcm": _on_whole(math.lcm),
    "comb": _chosen(math.comb),
    "perm": _chosen(math.perm),
}
