"""How a token is chosen from the model's distribution: one checked value, handed around whole."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

MAX_REMEMBERED = 65_536  # tokens that penalties may look back over; llama.cpp allocates as many
MAX_BREAKER_BYTES = 40  # llama.cpp cuts longer ones, perhaps in the middle of a character
SEED_LIMIT = 2**32 - 1  # exclusive: llama.cpp takes this one for "draw one yourself"


def _breaker(text: str) -> str:
    if not text or "\0" in text or len(text.encode()) > MAX_BREAKER_BYTES:
        raise ValueError(f"a DRY sequence breaker is 1 to {MAX_BREAKER_BYTES} bytes, none of them zero")
    return text


Breaker = Annotated[str, AfterValidator(_breaker)]
TokenId = Annotated[int, Field(ge=0)]


class SamplingParams(BaseModel):
    """Options of one request, named as in llama.cpp; ``models/engine/sampler_stages.py`` has their order.

    Each default of an option that the page does not show is its off-value: ``typical_p`` 1, ``xtc_probability`` 0,
    ``dry_multiplier`` 0, ``repeat_penalty`` 1, ``presence_penalty`` and ``frequency_penalty`` 0, ``dynatemp_range`` 0,
    ``mirostat`` 0. ``top_k`` 0, ``top_p`` 1 and ``min_p`` 0 switch those off; ``penalty_last_n`` and
    ``dry_penalty_last_n`` count tokens, the prompt's among them.

    ``temperature`` 0 means greedy: penalties and biases count, nothing is cut, the likeliest token is taken.
    ``mirostat`` 2 takes the place of every cut and penalty, as in llama.cpp; top-k, top-p and min-p are then ignored.
    A ``logit_bias`` of -100 forbids a token in practice.

    ``grammar`` is GBNF, ``json_schema`` is made into one; at most one of the two. ``grammar_trigger`` leaves the text
    free until this regular expression (Python's) is found in it; from its first group on, or else from its beginning,
    the grammar rules, trigger included.

    ``seed`` None draws one. ``stop`` strings end the answer and are not part of it. Raises pydantic's ValidationError
    outside the ranges and for options that would silently do nothing together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)  # JSON has no infinity

    max_tokens: int = Field(default=1_024, ge=1)
    temperature: float = Field(default=0.6, ge=0.0, le=5.0)
    dynatemp_range: float = Field(default=0.0, ge=0.0, le=5.0)
    dynatemp_exponent: float = Field(default=1.0, gt=0.0, le=10.0)
    top_k: int = Field(default=40, ge=0, lt=2**31)
    top_p: float = Field(default=0.95, gt=0.0, le=1.0)
    min_p: float = Field(default=0.05, ge=0.0, lt=1.0)
    typical_p: float = Field(default=1.0, gt=0.0, le=1.0)
    xtc_probability: float = Field(default=0.0, ge=0.0, le=1.0)
    xtc_threshold: float = Field(default=0.1, ge=0.0, le=1.0)  # above 0.5 XTC does nothing
    dry_multiplier: float = Field(default=0.0, ge=0.0, le=100.0)
    dry_base: float = Field(default=1.75, ge=1.0, le=100.0)
    dry_allowed_length: int = Field(default=2, ge=0, le=MAX_REMEMBERED)
    dry_penalty_last_n: int = Field(default=64, ge=0, le=MAX_REMEMBERED)
    dry_sequence_breakers: tuple[Breaker, ...] = ("\n", ":", '"', "*")
    repeat_penalty: float = Field(default=1.0, gt=0.0, le=10.0)
    presence_penalty: float = Field(default=0.0, ge=-10.0, le=10.0)
    frequency_penalty: float = Field(default=0.0, ge=-10.0, le=10.0)
    penalty_last_n: int = Field(default=64, ge=0, le=MAX_REMEMBERED)
    mirostat: Literal[0, 2] = 0
    mirostat_tau: float = Field(default=5.0, gt=0.0, le=20.0)
    mirostat_eta: float = Field(default=0.1, gt=0.0, le=1.0)
    seed: int | None = Field(default=None, ge=0, lt=SEED_LIMIT)
    logit_bias: dict[TokenId, float] = Field(default_factory=dict)
    stop: tuple[str, ...] = ()
    grammar: str | None = Field(default=None, min_length=1)
    grammar_trigger: str | None = None
    json_schema: dict[str, Any] | None = None

    @property
    def is_greedy(self) -> bool:
        return self.temperature == 0

    @property
    def has_penalties(self) -> bool:
        """Repetition, presence or frequency counts."""
        is_neutral = (self.repeat_penalty, self.presence_penalty, self.frequency_penalty) == (1.0, 0.0, 0.0)
        return self.penalty_last_n > 0 and not is_neutral

    @property
    def has_dry(self) -> bool:
        return self.dry_multiplier > 0 and self.dry_penalty_last_n > 0

    @property
    def has_xtc(self) -> bool:
        return self.xtc_probability > 0 and self.xtc_threshold <= 0.5

    @model_validator(mode="after")
    def _go_together(self) -> SamplingParams:
        if self.grammar is not None and self.json_schema is not None:
            raise ValueError("grammar and json_schema exclude each other")
        if self.grammar_trigger is not None:
            self._check_trigger(self.grammar_trigger)
        if self.dynatemp_range and self.is_greedy:
            raise ValueError("temperature 0 is greedy and has no dynatemp_range")
        ignored = self.has_penalties or self.has_dry or self.has_xtc or self.typical_p < 1 or self.dynatemp_range > 0
        if self.mirostat and ignored:
            raise ValueError("mirostat takes the place of penalties, DRY, XTC, typical_p and dynatemp_range")
        return self

    def _check_trigger(self, pattern: str) -> None:
        if self.grammar is None and self.json_schema is None:
            raise ValueError("grammar_trigger needs a grammar or a json_schema")
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"grammar_trigger is no regular expression: {error}") from error
