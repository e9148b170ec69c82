"""Numbers that check digits tell from others: cards, accounts, and what states call their people by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum import iban, luhn
from stdnum.ar import cuit
from stdnum.cl import rut
from stdnum.es import dni, nie
from stdnum.mx import curp, rfc

DASH = "[-‐‑–−]"
AFTER = rf"(?!\w)(?!{DASH}\w)(?![.,]\d)"
STARTS = rf"(?<!\w.)(?<!\w{DASH}.)(?<!\d[.,].)"  # said after the first character: the search for that one is quick


def _candidates(first: str, *rests: str) -> tuple[re.Pattern[str], ...]:
    """Looked for at every place, also inside of what another candidate took."""
    return tuple(re.compile(f"[{first}]{STARTS}(?=({rest}){AFTER})", re.IGNORECASE | re.ASCII) for rest in rests)


CARDS = _candidates(
    "2-6",
    "[0-9]{12,18}",
    "[0-9]{3}([ -])[0-9]{4}\\2[0-9]{4}\\2[0-9]{1,4}(?:\\2[0-9]{3})?",
    "[0-9]{3}([ -])[0-9]{6}\\2[0-9]{4,5}",
)
ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-59]|[689]\d)\d{11}(?:\d{2})?|(?:6011|64[4-9]\d|65\d\d)\d{12}(?:\d{3})?|35(?:2[89]|[3-8]\d)\d{12}"
    r"|62\d{14,17}|(?:50\d\d|5[6-9]\d\d|6[0-9]\d\d)\d{8,15}"
)
IBAN_START = re.compile(rf"[A-Z]{STARTS}[A-Z][0-9]{{2}}(?=[ -]?[A-Z0-9])", re.IGNORECASE | re.ASCII)
IBAN_MAX = 33
IBAN_LENGTHS = dict(
    re.findall(
        r"([A-Z]{2})(\d+)",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18F"
        "R27GB22GE22"
        "GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19M"
        "N20MR27MT31"
        "MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26U"
        "A29VA22VG24"
        "XK20YE30",
    )
)
RUTS = _candidates("0-9", rf"[0-9]?\.[0-9]{{3}}\.[0-9]{{3}} ?{DASH} ?[0-9K]", rf"[0-9]{{6,7}} ?{DASH} ?[0-9K]")
BARE_RUTS = _candidates("0-9", "[0-9]{6,7}[0-9K]")
DNIS = _candidates(
    "0-9XYZ",
    rf"[0-9]{{7}}{DASH}?[A-Z]",
    rf"[0-9]\.[0-9]{{3}}\.[0-9]{{3}}{DASH}?[A-Z]",
    rf"{DASH}?[0-9]{{7}}{DASH}?[A-Z]",
)
SPACED_DNIS = _candidates("0-9XYZ", "[0-9]{7} [A-Z]", r"[0-9]\.[0-9]{3}\.[0-9]{3} [A-Z]", " [0-9]{7} [A-Z]")
CURPS = _candidates("A-Z", r"[A-Z]{3}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]")
RFCS = _candidates("A-ZÑ&", r"[A-ZÑ&]{2,3}[ -]?[0-9]{6}[ -]?[A-Z0-9]{3}")
CUITS = _candidates("2-5", rf"[0-9]{DASH}[0-9]{{8}}{DASH}[0-9]", "[0-9] [0-9]{8} [0-9]", "[0-9]{10}")
NO_SEPARATORS = str.maketrans("", "", " .-‐‑–−")
RUT_WORD = re.compile(r"\b(?:r\.?u\.?t|r\.?u\.?n|rol)\b[^\n]{0,16}\Z", re.IGNORECASE)
DNI_WORD = re.compile(r"\b(?:d\.?n\.?i|n\.?i\.?f|n\.?i\.?e|documento|identidad)\b[^\n]{0,16}\Z", re.IGNORECASE)
LOOK_BACK = 28


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Numbers of cards: of a known issuer, and with Luhn's digit."""
    return _valid(text, CARDS, lambda number: bool(ISSUERS.fullmatch(number)) and luhn.is_valid(number))


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Account numbers; the length, which differs by country, says where one ends among words."""
    for match in IBAN_START.finditer(text):
        number, length = "", int(IBAN_LENGTHS.get(match[0][:2].upper(), 0))
        for place in range(match.start(), min(len(text), match.start() + 2 * IBAN_MAX) if length else 0):
            character = text[place]
            if character.isascii() and character.isalnum():
                number += character.upper()
            elif character not in " -" or text[place - 1] in " -":
                break
            if len(number) == length:
                if not text[place + 1 : place + 2].isalnum() and iban.is_valid(number):
                    yield match.start(), place + 1
                break


def ruts(text: str) -> Iterator[tuple[int, int]]:
    """Chilean numbers. Written as one run of digits, every eleventh number would be one: then a word must say so."""
    yield from _valid(text, RUTS, rut.is_valid)
    for start, end in _valid(text, BARE_RUTS, rut.is_valid):
        if RUT_WORD.search(text, max(0, start - LOOK_BACK), start):
            yield start, end


def dnis(text: str) -> Iterator[tuple[int, int]]:
    """Spanish numbers with their letter; with a space before it, a word must say so: "y" is one, too."""
    yield from _valid(text, DNIS, _is_dni)
    for start, end in _valid(text, SPACED_DNIS, _is_dni):
        if text[end - 1].isupper() and DNI_WORD.search(text, max(0, start - LOOK_BACK), start):
            yield start, end


def curps(text: str) -> Iterator[tuple[int, int]]:
    """Mexican numbers of people."""
    return _valid(text, CURPS, curp.is_valid)


def taxpayers(text: str) -> Iterator[tuple[int, int]]:
    """Mexican numbers of who pays taxes (RFC)."""
    return _valid(text, RFCS, lambda number: rfc.is_valid(number, validate_check_digits=True))


def cuits(text: str) -> Iterator[tuple[int, int]]:
    """Argentine numbers of who pays taxes."""
    return _valid(text, CUITS, cuit.is_valid)


def _is_dni(number: str) -> bool:
    return bool(dni.is_valid(number) or nie.is_valid(number))


def _valid(text: str, forms: tuple[re.Pattern[str], ...], is_valid: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    for form in forms:
        for match in form.finditer(text):
            if is_valid((match[0] + match[1]).upper().translate(NO_SEPARATORS)):
                yield match.start(), match.end(1)
