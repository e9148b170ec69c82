"""What the small tabs ask beyond the prompt and the settings of drawing, as an address tells it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field


class PanelOptions(BaseModel):
    """``kind`` is the name of the small tab."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SamplesOptions(PanelOptions):
    """``num_samples`` texts of at the most ``max_tokens`` tokens each."""

    kind: Literal["samples"] = "samples"
    num_samples: int = Field(default=4, ge=1, le=8)
    max_tokens: int = Field(default=40, ge=1, le=200)


class SweepOptions(PanelOptions):
    """A text of at the most ``max_tokens`` tokens for each pair of values of two settings."""

    kind: Literal["sweep"] = "sweep"
    max_tokens: int = Field(default=30, ge=1, le=100)


Options: TypeAlias = Annotated[SamplesOptions | SweepOptions, Field(discriminator="kind")]
