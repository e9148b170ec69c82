"""Sentences and numbers as readers of one language write them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from components.catalogue import Catalogue

SWAP_MARKS = str.maketrans(",.", ".,")
NO_BREAK_SPACE = "\u00a0"


@dataclass(frozen=True)
class LocalText:
    """``say`` gives text, ``html`` the same escaped. Numbers are written as the browser's own ``Intl`` would."""

    catalogue: Catalogue
    language: str

    def say(self, key: str, **values: object) -> str:
        return self.catalogue.text(self.language, key, **values)

    def html(self, key: str, **values: object) -> str:
        return escape(self.say(key, **values))

    def count(self, number: int) -> str:
        if self.language == "es" and abs(number) < 10_000:
            return str(number)
        return self._marked(f"{number:,}")

    def decimal(self, number: float, digits: int) -> str:
        if math.isinf(number):  # a logit of what may never be written
            return "∞" if number > 0 else "−∞"
        return self._marked(f"{number:,.{digits}f}")

    def percent(self, share: float, digits: int = 0) -> str:
        space = NO_BREAK_SPACE if self.language == "es" else ""
        return f"{self.decimal(100 * share, digits)}{space}%"

    def _marked(self, number: str) -> str:
        return number.translate(SWAP_MARKS) if self.language == "es" else number
