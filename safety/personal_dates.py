"""Dates that a word before them says somebody was born on."""

from __future__ import annotations

import re
from collections.abc import Iterator

MONTHS = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre|january|february|ma"
    "rch|april"
    "|may|june|july|august|september|october|november|december|ene|feb|mar|abr|apr|jun|jul|ago|aug|sept?|oct|nov|d"
    "ic|dec"
)
DAY, YEAR = r"(?:0?[1-9]|[12][0-9]|3[01])", r"(?:19|20)[0-9]{2}"
DATE = (
    rf"{YEAR}[-/.](?:0?[1-9]|1[0-2])[-/.]{DAY}(?![0-9])"
    rf"|{DAY}[-/.](?:0?[1-9]|[12][0-9]|3[01])[-/.](?:{YEAR}|[0-9]{{2}})(?![0-9])"
    rf"|{DAY}(?:st|nd|rd|th|º)? (?:de |of )?(?:{MONTHS})\.?,?(?: (?:de |del |of )?{YEAR})?(?!\w)"
    rf"|(?:{MONTHS})\.? {DAY}(?:st|nd|rd|th)?(?:,? {YEAR})?(?!\w)"
)
BIRTH = re.compile(
    r"(?:\bnac[ií]|\bnacid[oa]s?|\bnacimiento|\bnació|\bf\. ?nac\.?|\bfec\. ?nac\.?|\bborn\b|\bbirth ?da(?:te|y)|"
    r"\bdate of birth|\bd\.?o\.?b\b\.?"
    rf"|\bcumpleaños|\bcumplo)[^\n]{{0,40}}?(?<![\w.])({DATE})",
    re.IGNORECASE,
)


def birth_dates(text: str) -> Iterator[tuple[int, int]]:
    """The date alone, without the word."""
    for match in BIRTH.finditer(text):
        yield match.span(1)
