"""What a service can do wrong, told apart by what helps."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from errors import (
    ModelError,
    ModelFaulty,
    ModelKeyRefused,
    ModelQuotaSpent,
    ModelRefused,
    ModelUnknownToService,
    ModelUnreachable,
    PromptTooLong,
)

TOO_LONG = re.compile(
    r"context.{0,12}(length|window|size|overflow)|maximum number of tokens|token limit|prompt is too long",
    re.IGNORECASE,
)
BAD_KEY = re.compile(r"API_KEY_INVALID|API[ _]key (not valid|expired|not found)|invalid_api_key", re.IGNORECASE)
FILTERED = re.compile(r"content_filter|content_policy|safety", re.IGNORECASE)
SPENT = re.compile(r"insufficient_quota|insufficient balance|credit balance", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """``may_pass``: the same request may succeed later, after ``wait_s`` where the service says how long.

    ``may_be_options``: it may succeed at once without the options that not every server knows. ``status`` is HTTP's.
    """

    kind: type[ModelError | PromptTooLong]
    may_pass: bool = False
    may_be_options: bool = False
    wait_s: float | None = None
    status: int | None = None


UNREACHABLE = Fault(ModelUnreachable, may_pass=True)
TIMED_OUT = Fault(ModelUnreachable)  # whoever waited that long once does not wait for it twice
MALFORMED = Fault(ModelFaulty)
REFUSED = Fault(ModelRefused)
EMPTY = Fault(ModelFaulty, may_pass=True)


def fault_of(status: int, words: str, wait_s: float | None = None) -> Fault:
    """What an HTTP ``status`` means; ``words`` are the service's own, which are read here and told to nobody."""
    return replace(_meaning(status, words, wait_s), status=status)


def _meaning(status: int, words: str, wait_s: float | None) -> Fault:
    if status == 402 or (status in (400, 403, 429) and SPENT.search(words)):
        return Fault(ModelQuotaSpent)
    if status in (401, 403) or BAD_KEY.search(words):
        return Fault(ModelKeyRefused)
    if status == 404:
        return Fault(ModelUnknownToService)
    if status == 429:
        return Fault(ModelQuotaSpent, may_pass=True, wait_s=wait_s)
    if status in (400, 413, 422, 500) and TOO_LONG.search(words):
        return Fault(PromptTooLong, may_be_options=status != 413)  # servers count the room for the answer too
    if status in (400, 422) and FILTERED.search(words):
        return REFUSED
    if status in (400, 422, 500, 501):
        return Fault(ModelFaulty, may_pass=status == 500, may_be_options=True)
    return Fault(ModelFaulty, may_pass=status >= 500 or status == 408, wait_s=wait_s)
