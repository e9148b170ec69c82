"""GBNF for numbers between two bounds: ``integers(1, 5)`` matches 1, 2, 3, 4 and 5."""

from __future__ import annotations

import math

MAX_DIGITS = 15  # what a JavaScript number, and so most readers of JSON, holds exactly
LIMIT = 10**MAX_DIGITS - 1

NUMBER = r'"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?'
FRACTION = f'("." [0-9]{{1,{MAX_DIGITS}}})?'
NO_FRACTION = '("." "0")?'
SOME_FRACTION = f'"." [0-9]{{0,{MAX_DIGITS - 1}}} [1-9]'


def integers(low: float = -LIMIT, high: float = LIMIT) -> str:
    """Expression of the whole numbers from ``low`` to ``high``; of any number of digits up to MAX_DIGITS by default."""
    first, last = max(math.ceil(low), -LIMIT), min(math.floor(high), LIMIT)
    parts = []
    if first < 0:
        parts.append(f'"-" {_naturals(max(1, -last), -first)}')
    if last >= 0:
        parts.append(_naturals(max(0, first), last))
    return _either(parts) if first <= last else integers()


def decimals(low: float, high: float, *, without_low: bool = False, without_high: bool = False) -> str:
    """Expression of decimal fractions between ``low`` and ``high``, which count unless they are excluded.

    Not all of them where a bound is no whole number: from 0.5 to 3 starts at 1. Any number where none would be left.
    """
    parts = []
    if low < 0:
        mirrored = _positive_decimals(max(-high, 0), -low, without_high and high <= 0, without_low)
        parts += [f'"-" ({part})' for part in mirrored]
    if high > 0 or (high == 0 and not without_high):
        parts += _positive_decimals(max(low, 0), high, without_low and low >= 0, without_high)
    return _either(parts) if parts else NUMBER


def _positive_decimals(low: float, high: float, without_low: bool, without_high: bool) -> list[str]:
    first, last = math.ceil(low), min(math.floor(high), LIMIT)
    parts = []
    if without_low and first == low:
        if first + 1 <= last:
            parts.append(f'"{first}" {SOME_FRACTION}')
        first += 1
    if first <= last - 1:
        parts.append(f"{_naturals(first, last - 1)} {FRACTION}")
    if first <= last and not (without_high and last == high):
        parts.append(f'"{last}" {NO_FRACTION}')
    return parts


def _naturals(low: int, high: int) -> str:
    """Whole numbers by their count of digits, without leading zeros."""
    parts = []
    for num_digits in range(len(str(low)), len(str(high)) + 1):
        smallest = 10 ** (num_digits - 1) if num_digits > 1 else 0
        parts.append(_digits(str(max(low, smallest)), str(min(high, 10**num_digits - 1))))
    return _either(parts)


def _digits(low: str, high: str) -> str:
    """Strings of digits from ``low`` to ``high``, which are of one length."""
    if low == high:
        return f'"{low}"'
    num_rest = len(low) - 1
    if low[0] == high[0]:
        return f'"{low[0]}" {_digits(low[1:], high[1:])}'
    first, last = int(low[0]), int(high[0])
    parts = []
    if low[1:] != "0" * num_rest:
        parts.append(f'"{first}" {_digits(low[1:], "9" * num_rest)}')
        first += 1
    if high[1:] != "9" * num_rest:
        parts.append(f'"{last}" {_digits("0" * num_rest, high[1:])}')
        last -= 1
    if first <= last:
        parts.append(f"[{first}-{last}]" + (f" [0-9]{{{num_rest}}}" if num_rest else ""))
    return _either(parts)


def _either(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' | '.join(parts)})"
