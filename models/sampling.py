"""How a token is chosen from the model's distribution: one checked value, handed around whole."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SamplingParams(BaseModel):
    """Options of one request; the engine applies them in llama.cpp's order: top-k, top-p, min-p, temperature, draw.

    ``temperature`` 0 means greedy. ``top_k`` 0 and ``top_p`` 1 switch those stages off. ``seed`` None draws one.
    ``stop`` strings end the answer and are not part of it. Raises pydantic's ValidationError outside the ranges.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_tokens: int = Field(default=1_024, ge=1)
    temperature: float = Field(default=0.6, ge=0.0, le=5.0)
    top_k: int = Field(default=40, ge=0)
    top_p: float = Field(default=0.95, gt=0.0, le=1.0)
    min_p: float = Field(default=0.05, ge=0.0, lt=1.0)
    seed: int | None = Field(default=None, ge=0, lt=2**32 - 1)
    stop: tuple[str, ...] = ()
