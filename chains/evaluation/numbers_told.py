"""The numbers that a text tells, as Spanish and English write them."""

from __future__ import annotations

import re
from decimal import Decimal

SPACES = "[ \u00a0\u202f]"
NUMBER = re.compile(rf"(?<![\w.,])[-−]?(?:\d{{1,3}}(?:{SPACES}\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*)")
THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")


def last_number(text: str) -> frozenset[Decimal]:
    """What the last number of ``text`` may mean, nothing where there is none: "1.500" is 1500 to one reader and 1.5 to
    another."""
    found = NUMBER.findall(text)
    return _readings(found[-1]) if found else frozenset()


def _readings(number: str) -> frozenset[Decimal]:
    compact = re.sub(SPACES, "", number).replace("−", "-")
    separators = [character for character in compact if character in ".,"]
    found: set[str] = set()
    if THOUSANDS.fullmatch(compact.lstrip("-")):
        found.add(re.sub("[.,]", "", compact))
    if not separators or len(separators) == 1:
        found.add(compact.replace(",", "."))
    elif separators.count(separators[-1]) == 1:  # the others group thousands, and the last is the decimal one
        whole, _, fraction = compact.rpartition(separators[-1])
        found.add(f"{re.sub('[.,]', '', whole)}.{fraction}")
    return frozenset(Decimal(one) for one in found)
