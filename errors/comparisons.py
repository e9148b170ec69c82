"""What cannot be compared, or voted on."""

from __future__ import annotations

from errors.requests import RequestError


class ContendersMiscounted(RequestError):
    """A question goes to ``least`` to ``most`` models at a time."""

    key = "error_contenders_miscounted"


class ContendersAlike(RequestError):
    """Two of those compared are one model with one way of answering."""

    key = "error_contenders_alike"


class VoteAlreadyCast(RequestError):
    """After a vote the names are shown: a second one would not be blind."""

    key = "error_vote_already_cast"


class ComparisonGone(RequestError):
    """Comparisons are kept for a while only; and one of somebody else does not exist."""

    key = "error_comparison_gone"
