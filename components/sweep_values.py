"""The values of a sweep's axis as people type them: numbers with spaces between, decimals with a point or a comma."""

from __future__ import annotations

import re

from pydantic import ValidationError

from components.playground_sampling import FIRST, MORE, MOST_MIN_P, WHOLE
from errors import OptionInvalid, SweepValuesInvalid
from playground.sweep_axes import MAX_VALUES, SweepAxis

RANGES = FIRST | MORE
# What may be worth comparing, for whoever chooses a setting.
SUGGESTED = {
    "temperature": "0.3 0.7 1 1.5",
    "top_k": "1 5 40 0",
    "top_p": "0.5 1",
    "min_p": "0 0.2",
    "typical_p": "0.5 1",
    "repeat_penalty": "1 1.2",
    "presence_penalty": "0 1",
    "frequency_penalty": "0 1",
    "xtc_probability": "0 0.5",
    "xtc_threshold": "0.05 0.2",
}
LONGEST = 80  # characters typed
NUMBER = re.compile(r"-?\d{1,4}(?:\.\d{1,8})?", re.ASCII)


def axis_of(setting: str | None, typed: str | None) -> SweepAxis:
    """Raises OptionInvalid for a setting that is none, SweepValuesInvalid for values that it cannot have."""
    if setting not in RANGES:
        raise OptionInvalid(name="sweep", value=str(setting)[:40])
    least, most, _ = RANGES[setting]
    written = (typed or "")[:LONGEST]
    parts = _parts(written, is_whole=setting in WHOLE)
    numbers = [round(float(part), 4) for part in parts if NUMBER.fullmatch(part)]
    try:
        if len(numbers) < len(parts) or not all(least <= number <= most for number in numbers):
            raise ValueError
        return SweepAxis.model_validate(
            {"setting": setting, "values": [_engine_value(setting, one) for one in numbers]}
        )
    except (ValidationError, ValueError) as error:
        limits = {"limit": MAX_VALUES, "least": f"{least:g}", "most": f"{most:g}"}
        raise SweepValuesInvalid(typed=written, **limits) from error


def typed_values(axis: SweepAxis) -> str:
    """``axis`` as somebody might have typed it."""
    return " ".join(f"{round(value, 4):g}" for value in axis.values)


def _parts(written: str, *, is_whole: bool) -> list[str]:
    """A comma is a decimal one if it stands alone between digits of a number without a point, and else parts them."""
    parts: list[str] = []
    for piece in re.split(r"[;\s]+", written):
        number = piece.rstrip(",")
        is_decimal = number.count(",") == 1 and "." not in number and not is_whole
        parts += [number.replace(",", ".")] if is_decimal else number.split(",")
    return [part for part in parts if part]


def _engine_value(setting: str, number: float) -> float:
    return min(number, MOST_MIN_P) if setting == "min_p" else number
