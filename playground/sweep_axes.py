"""What a sweep varies: one setting of drawing and the values that it takes in turn."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.sampling import SamplingParams

MAX_VALUES = 4  # of one axis: two of them make a grid that can still be read

SweptSetting: TypeAlias = Literal[
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
    "xtc_probability",
    "xtc_threshold",
]


class SweepAxis(BaseModel):
    """Raises pydantic's ValidationError for a value that the setting cannot have, and for one that stands twice."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    setting: SweptSetting
    values: tuple[float, ...] = Field(min_length=1, max_length=MAX_VALUES)

    @model_validator(mode="after")
    def _possible(self) -> SweepAxis:
        if len(set(self.values)) < len(self.values):
            raise ValueError("a value stands twice")
        for value in self.values:
            SamplingParams.model_validate({self.setting: value})
        return self


ROWS = SweepAxis(setting="temperature", values=(0.3, 0.7, 1.0, 1.5))
COLUMNS = SweepAxis(setting="top_p", values=(0.5, 1.0))
