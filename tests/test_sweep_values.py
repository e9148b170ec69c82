"""Values as people type them: spaces, semicolons, points and commas, and what cannot be meant."""

from __future__ import annotations

import pytest

from components.sweep_values import RANGES, SUGGESTED, axis_of, typed_values
from errors import OptionInvalid, SweepValuesInvalid
from models.sampling import SamplingParams
from playground.panel_options import SweepOptions
from playground.sweep_axes import COLUMNS, ROWS


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("0.3 0.7 1", (0.3, 0.7, 1)),
        ("0,3 0,7 1", (0.3, 0.7, 1)),
        ("0.3, 0.7, 1", (0.3, 0.7, 1)),
        ("0,3; 0,7;1", (0.3, 0.7, 1)),
        ("0.3,0.7", (0.3, 0.7)),
        ("1,2,3", (1, 2, 3)),
        ("  0  ", (0,)),
    ],
)
def test_numbers_are_read_in_either_language(typed: str, values: tuple[float, ...]) -> None:
    assert axis_of("temperature", typed).values == values


def test_whole_numbers_have_no_decimal_comma() -> None:
    assert axis_of("top_k", "1,40").values == (1, 40)


@pytest.mark.parametrize(
    "typed", ["", None, "x", "0.3 0.3", "0 1 2 3 0.5", "-1", "3.1", "nan", "inf", "1e3", "٣", "0.."]
)
def test_what_a_temperature_cannot_be_is_refused_with_its_range(typed: str | None) -> None:
    with pytest.raises(SweepValuesInvalid) as refused:
        axis_of("temperature", typed)
    assert refused.value.values == {"typed": typed or "", "limit": 4, "least": "0", "most": "3"}


@pytest.mark.parametrize("setting", [None, "seed", "logit_bias", "__class__"])
def test_only_settings_with_a_control_can_be_swept(setting: str | None) -> None:
    with pytest.raises(OptionInvalid):
        axis_of(setting, "1")


def test_a_min_p_of_one_is_the_most_that_the_engine_takes() -> None:
    (value,) = axis_of("min_p", "1").values
    assert SamplingParams(min_p=value).min_p < 1
    assert typed_values(axis_of("min_p", "1")) == "1"


@pytest.mark.parametrize("setting", RANGES)
def test_what_is_suggested_can_be_swept(setting: str) -> None:
    axis = axis_of(setting, SUGGESTED[setting])
    assert axis_of(setting, typed_values(axis)) == axis


def test_the_first_grid_is_one_batch_of_eight() -> None:
    assert SweepOptions() == SweepOptions(rows=ROWS, columns=COLUMNS)
    assert len(ROWS.values) * len(COLUMNS.values) == 8
