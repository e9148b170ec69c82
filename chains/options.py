"""What a person chose for one conversation; kept with it as JSON, checked whenever it is read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chains.templates import TemplateSpec

MAX_NAME_CHARACTERS = 40
MAX_STOP_STRINGS = 8
MAX_FALLBACKS = 4

SpeakerName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_NAME_CHARACTERS)]
ModelName = Annotated[str, StringConstraints(max_length=1_000)]
StopString = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class MemoryKind(StrEnum):
    """What the model is given of the conversation so far."""

    EVERYTHING = "everything"  # buffer: all that fits, the oldest turns left out
    WINDOW = "window"  # the last ``window_turns`` turns
    SUMMARY = "summary"  # a running summary stands for the turns that no longer fit
    NONE = "none"  # every question stands alone


class SamplingChoice(BaseModel):
    """How tokens are to be chosen in one conversation. None leaves it to the program's settings."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    temperature: float | None = Field(default=None, ge=0.0, le=5.0)
    top_p: float | None = Field(default=None, gt=0.0, le=1.0)
    top_k: int | None = Field(default=None, ge=0, le=1_000)
    min_p: float | None = Field(default=None, ge=0.0, lt=1.0)
    max_tokens: int | None = Field(default=None, ge=1)
    repeat_penalty: float | None = Field(default=None, ge=0.1, le=2.0)
    presence_penalty: float | None = Field(default=None, ge=-2.0, le=2.0)
    frequency_penalty: float | None = Field(default=None, ge=-2.0, le=2.0)
    seed: int | None = Field(default=None, ge=0, lt=2**32 - 1)
    stop: tuple[StopString, ...] = Field(default=(), max_length=MAX_STOP_STRINGS)

    def chosen(self) -> dict[str, Any]:
        """Only what was chosen, as options of a call."""
        return {name: value for name, value in self.model_dump().items() if value is not None and value != ()}


PRESETS = {
    "precise": SamplingChoice(temperature=0.0, top_p=1.0, top_k=0, min_p=0.0, repeat_penalty=1.1),
    "balanced": SamplingChoice(temperature=0.6, top_p=0.95, top_k=40, min_p=0.05, repeat_penalty=1.1),
    "creative": SamplingChoice(temperature=1.1, top_p=0.98, top_k=0, min_p=0.03, repeat_penalty=1.05),
}


class ConversationOptions(BaseModel):
    """``template`` is a copy: changing the library later does not change conversations that were begun with it.

    ``human_name`` and ``ai_name`` turn the prompt into a transcript with these speakers, as the prefixes of a buffer
    memory do; empty ones leave the turns to the model's own chat template. ``mode`` None is what the model was made
    for: "completion" when it has no chat template.

    ``model`` "" is the first one offered. When it cannot answer, ``fallbacks`` are asked in order; each that is of a
    service is asked ``retries`` times more before the next. ``hides_personal``: no service is told personal data.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: ModelName = ""
    fallbacks: tuple[ModelName, ...] = Field(default=(), max_length=MAX_FALLBACKS)
    retries: int = Field(default=2, ge=0, le=4)
    hides_personal: bool = False
    memory: MemoryKind = MemoryKind.EVERYTHING
    window_turns: int = Field(default=5, ge=1, le=100)
    human_name: SpeakerName = ""
    ai_name: SpeakerName = ""
    uses_notes: bool = True
    mode: Literal["chat", "completion"] | None = None
    template: TemplateSpec = Field(default_factory=TemplateSpec)
    sampling: SamplingChoice = Field(default_factory=SamplingChoice)

    def with_sampling(self, sampling: Mapping[str, Any]) -> ConversationOptions:
        """The same with other settings of generation. Raises pydantic's ValidationError."""
        return self.model_copy(update={"sampling": SamplingChoice.model_validate(sampling)})
