"""What one visitor has had enough of for now."""

from __future__ import annotations

from errors.requests import RequestError


class TurnsUsedUp(RequestError):
    """``most`` questions a minute, or a day; ``wait``: how long, as people say it."""

    key = "error_turns_used_up"


class UploadsUsedUp(RequestError):
    """``most`` files an hour; ``wait`` as above."""

    key = "error_uploads_used_up"


class AddressesUsedUp(RequestError):
    """``most`` addresses an hour; ``wait`` as above."""

    key = "error_addresses_used_up"


class TurnUnderWay(RequestError):
    """One question at a time."""

    key = "error_turn_under_way"


class QueueFull(RequestError):
    """``most`` questions wait already."""

    key = "error_queue_full"


class UploadsNotAllowed(RequestError):
    """By the operator; so is the next."""

    key = "error_uploads_not_allowed"


class AddressesNotAllowed(RequestError):
    key = "error_addresses_not_allowed"


class LimitInvalid(RequestError):
    """``value`` is no number from 0 to ``most``."""

    key = "error_limit_invalid"
