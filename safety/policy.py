"""What one visitor may have of what all share, by how the page is reached.

Source: OWASP's list for language models, LLM10, unbounded consumption.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

NO_LIMIT = 0
VISITORS_AN_ADDRESS = 10  # a class of thirty comes from one address, though seldom all at once


class Reach(StrEnum):
    """Who can reach the page, the fewest first."""

    LOCAL = "local"  # this machine alone
    NETWORK = "network"  # a home, a school, a container with its port published
    SHARED = "shared"  # whoever has a public link, and its pass phrase
    SPACE = "space"  # of Hugging Face: everybody


@dataclass(frozen=True)
class Policy:
    """Counts are for each visitor, and for each address as many times as ``VISITORS_AN_ADDRESS`` says; 0 is no limit.

    ``turns`` are questions to a model, ``waiting_turns`` those of all that may wait at once. ``hours_kept`` is how long
    what visitors without an account wrote is kept, 0 for ever. ``allows_`` what may be done at all.
    """

    turns_a_minute: int = NO_LIMIT
    turns_a_day: int = NO_LIMIT
    uploads_an_hour: int = NO_LIMIT
    addresses_an_hour: int = NO_LIMIT
    waiting_turns: int = NO_LIMIT
    hours_kept: int = 0
    allows_uploads: bool = True
    allows_addresses: bool = True
    allows_operator_keys: bool = True  # what the operator's keys open costs the operator money


LIMITED = Policy(
    turns_a_minute=10,
    turns_a_day=100,
    uploads_an_hour=10,
    addresses_an_hour=10,
    waiting_turns=32,
    allows_operator_keys=False,
)
POLICIES = {
    Reach.LOCAL: Policy(),
    Reach.NETWORK: Policy(turns_a_minute=30, waiting_turns=32),
    Reach.SHARED: LIMITED,  # for ever: what is older is that of whoever runs it here
    Reach.SPACE: replace(LIMITED, hours_kept=24),
}


def stricter(one: Policy, other: Policy) -> Policy:
    """Of each rule the one that lets less."""
    theirs = asdict(other)
    return Policy(**{name: _less(mine, theirs[name]) for name, mine in asdict(one).items()})


def _less(one: Any, other: Any) -> Any:
    if isinstance(one, bool):
        return one and other
    return min(one, other) or max(one, other)  # 0 is no limit
