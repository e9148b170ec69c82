"""Finds what tells who somebody is, and hides it: a help, never a guarantee.

Numbers with check digits are found by them, the rest by its form. The work grows with the length of the text and with
nothing else: no pattern can match more than a few hundred characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from safety.personal_dates import birth_dates
from safety.personal_names import names
from safety.personal_numbers import cards, cuits, curps, dnis, ibans, ruts, taxpayers
from safety.personal_patterns import emails, ip_addresses
from safety.personal_phones import phones

Spans = Callable[[str], Iterator[tuple[int, int]]]


class Kind(StrEnum):
    """What was found. The value stands in placeholders, and with a prefix in keys of sentences."""

    EMAIL = "email"
    IBAN = "iban"
    CURP = "curp"
    RFC = "rfc"
    CARD = "card"
    CUIT = "cuit"
    RUT = "rut"
    DNI = "dni"
    IP = "ip"
    BIRTH_DATE = "birth_date"
    PHONE = "phone"
    NAME = "name"


FINDERS: tuple[tuple[Kind, Spans], ...] = (  # of two that overlap, the earlier kind wins
    (Kind.EMAIL, emails),
    (Kind.IBAN, ibans),
    (Kind.CURP, curps),
    (Kind.RFC, taxpayers),
    (Kind.CARD, cards),
    (Kind.CUIT, cuits),
    (Kind.RUT, ruts),
    (Kind.DNI, dnis),
    (Kind.IP, ip_addresses),
    (Kind.BIRTH_DATE, birth_dates),
    (Kind.PHONE, phones),
    (Kind.NAME, names),
)
LABELS: Mapping[str, str] = {Kind.EMAIL: "e-mail", Kind.BIRTH_DATE: "birth date"}  # where it is not the kind itself


@dataclass(frozen=True)
class Found:
    """``text[start:end]`` is of this kind."""

    kind: Kind
    start: int
    end: int


def find(text: str) -> list[Found]:
    """All that is found in ``text``, in its order; none overlaps another."""
    taken = bytearray(len(text))
    found = []
    for kind, spans in FINDERS:
        for start, end in spans(text):
            if taken.find(1, start, end) < 0:
                taken[start:end] = b"\x01" * (end - start)
                found.append(Found(kind, start, end))
    return sorted(found, key=lambda one: one.start)


def mask(text: str, labels: Mapping[str, str] | None = None) -> str:
    """``text`` with "[e-mail]" and the like in place of what is found; ``labels`` in another language."""
    words = labels or LABELS
    return replaced(text, find(text), lambda one: f"[{words.get(one.kind, one.kind.value)}]")


def replaced(text: str, found: list[Found], word: Callable[[Found], str]) -> str:
    """``text`` with a word in place of each of ``found``, which are in its order."""
    parts, end = [], 0
    for one in found:
        parts += [text[end : one.start], word(one)]
        end = one.end
    return "".join([*parts, text[end:]])
