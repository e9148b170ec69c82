"""What the small tabs ask beyond the prompt and the settings of drawing, as an address tells it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from playground.ngrams import MAX_ADDED, MAX_ORDER, MAX_WRITTEN
from playground.positions import MAX_CHARACTERS
from playground.sweep_axes import COLUMNS, ROWS, SweepAxis
from playground.training_texts import Source
from safety.surrogates import without_surrogates

MAX_EXAMPLES = 8
MAX_PROMPTS = 3  # side by side, or one after the other

WrittenId = Annotated[int, Field(ge=0, lt=2**31)]
PromptPart = Annotated[str, AfterValidator(without_surrogates), Field(max_length=4_000)]
PromptLabel = Annotated[str, AfterValidator(without_surrogates), Field(min_length=1, max_length=40)]


class PanelOptions(BaseModel):
    """``kind`` is the name of the small tab."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SamplesOptions(PanelOptions):
    """``num_samples`` texts of at the most ``max_tokens`` tokens each, and one that is not drawn.

    ``texts`` are the ids of what was written, all or none: a seed alone does not bring every one of them back.
    """

    kind: Literal["samples"] = "samples"
    num_samples: int = Field(default=4, ge=1, le=8)
    max_tokens: int = Field(default=30, ge=1, le=100)
    texts: tuple[tuple[WrittenId, ...], ...] = ()

    @model_validator(mode="after")
    def _all_texts(self) -> SamplesOptions:
        is_all = len(self.texts) == self.num_samples + 1
        if self.texts and not (is_all and all(len(ids) <= self.max_tokens for ids in self.texts)):
            raise ValueError("texts that were not written like this")
        return self


class SweepOptions(PanelOptions):
    """A text of at the most ``max_tokens`` tokens for each pair of values of two settings, which differ."""

    kind: Literal["sweep"] = "sweep"
    rows: SweepAxis = ROWS
    columns: SweepAxis = COLUMNS
    max_tokens: int = Field(default=30, ge=1, le=100)


class PromptsOptions(PanelOptions):
    """One question asked in several ways; ``compare`` says in which.

    ``examples`` are questions with their answers, ``labels`` stand before either where they are written as one text.
    ``templates`` and ``steps`` may use ``{question}``, a step ``{previous}``, what the one before wrote, too.
    """

    kind: Literal["prompts"] = "prompts"
    compare: Literal["shots", "templates", "chain", "forms", "lengths"] = "shots"
    instruction: PromptPart = ""
    examples: tuple[tuple[PromptPart, PromptPart], ...] = Field(default=(), max_length=MAX_EXAMPLES)
    labels: tuple[PromptLabel, PromptLabel] = ("Question", "Answer")
    templates: tuple[PromptPart, ...] = Field(default=(), max_length=MAX_PROMPTS)
    steps: tuple[PromptPart, ...] = Field(default=(), max_length=MAX_PROMPTS)
    max_tokens: int = Field(default=40, ge=1, le=200)


class ContextOptions(PanelOptions):
    """A ``conversation``, or a text, before the prompt, to be read in a window of ``window_tokens``.

    ``answer_tokens`` of them are kept for the answer; ``window_turns`` are given by the memory that counts turns.
    ``language`` is that of the program's own prompts.
    """

    kind: Literal["context"] = "context"
    conversation: Annotated[str, AfterValidator(without_surrogates), Field(max_length=MAX_CHARACTERS)] = ""
    window_tokens: int = Field(default=384, ge=64, le=4_096)
    answer_tokens: int = Field(default=64, ge=16, le=1_024)
    window_turns: int = Field(default=3, ge=1, le=20)
    language: Literal["en", "es"] = "en"


class CloudOptions(PanelOptions):
    """An answer of at the most ``max_tokens`` tokens from a model of a service: the experiment's ``model``."""

    kind: Literal["cloud"] = "cloud"
    max_tokens: int = Field(default=1, ge=1, le=60)


class NgramsOptions(PanelOptions):
    """n-grams with ``k`` added to each count, counted in ``training_text`` or in what ``source`` says.

    ``num_words`` are written by both. A document is its owner's: for another it is none.
    """

    kind: Literal["ngrams"] = "ngrams"
    n: int = Field(default=3, ge=1, le=MAX_ORDER)
    k: float = Field(default=0.0, ge=0.0, le=MAX_ADDED, allow_inf_nan=False)
    source: Source = "quijote"
    training_text: Annotated[str, AfterValidator(without_surrogates), Field(max_length=MAX_CHARACTERS)] = ""
    document_id: str = Field(default="", max_length=64)
    num_words: int = Field(default=40, ge=1, le=MAX_WRITTEN)


Options: TypeAlias = Annotated[
    SamplesOptions | SweepOptions | PromptsOptions | ContextOptions | CloudOptions | NgramsOptions,
    Field(discriminator="kind"),
]
