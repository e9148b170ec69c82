"""The root of every error a person may see."""

from __future__ import annotations

from typing import ClassVar


class TertuliaError(Exception):
    """A fault with a sentence for the person: ``key`` in the message catalogue, ``values`` in its braces."""

    key: ClassVar[str] = "error_unexpected"

    def __init__(self, **values: object) -> None:
        super().__init__(self.key, values)
        self.values = values
