"""One question and one answer as its reader saw them: what every contender is given and gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Messages: TypeAlias = list[dict[str, str]]  # in OpenAI's form: {"role": ..., "content": ...}


class ContenderFailed(Exception):
    """A contender could not be started or did not answer; the text says which and why."""


class NothingToMeasure(Exception):
    """The contender answered, but not in a way that gives the figure; the text says why."""


@dataclass(frozen=True)
class Request:
    """What one reader asks. ``options`` are fields of LocalChatModel, for our engine alone."""

    messages: Messages
    max_tokens: int
    reader: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """Times are seconds on the machine's monotonic clock, which all processes share.

    ``piece_times`` is when each piece of visible text reached the reader; ``num_output`` leaves out the end mark.
    ``num_prompt`` and ``num_cached`` are None where a contender does not tell.
    """

    asked_at: float
    piece_times: tuple[float, ...]
    ended_at: float
    text: str
    num_output: int
    num_prompt: int | None = None
    num_cached: int | None = None

    @property
    def first_token_at(self) -> float:
        return self.piece_times[0] if self.piece_times else self.ended_at

    @property
    def first_token_s(self) -> float:
        return self.first_token_at - self.asked_at
