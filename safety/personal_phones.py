"""Telephone numbers, as the numbering plans of the world and of the countries our readers live in have them.

phonenumbers holds the plans. Its own search of texts tries every place again with every rule; here each candidate is
looked up once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

REGIONS = ("ES", "CL", "MX", "AR", "PE", "CO", "US", "UY", "EC", "VE", "BO", "PY", "CR", "GB", "FR", "DE", "BR")
BARE_REGIONS = ("ES", "CL", "PE", "CO")  # whose mobile numbers are told by how they begin
BETWEEN = "[ .\u00a0/-]"
CANDIDATE = re.compile(  # each part tells by its first character what it is: nothing is tried in two ways
    rf"(?<![\w+])(?<!\w[-‐–.@/])(?:\+ ?|00 )?(?:\([0-9]{{1,5}}\){BETWEEN}{{0,2}})?[0-9]{{1,17}}"
    rf"(?:{BETWEEN}{{1,2}}[0-9]{{1,12}}|{BETWEEN}{{0,2}}\([0-9]{{1,5}}\){BETWEEN}{{0,2}}[0-9]{{1,12}}){{0,8}}(?!\w"
    rf")(?![-.,/][0-9])"
)
IS_DECIMAL = re.compile(r"[0-9]{1,17}\.[0-9]{1,17}")
IS_DATE = re.compile(
    r"(?:19|20)[0-9]{2}([-/. ])[01]?[0-9]\1[0-3]?[0-9]|[0-3]?[0-9]([-/.])[01]?[0-9]\2(?:19|20)[0-"
    r"9]{2}"
)
IS_AMOUNT = re.compile(r"[0-9]{1,3}(?:[., ][0-9]{3}){1,6}")
UNIT = re.compile(r" ?(?:[€$£%]|(?:euros?|pesos?|dollars?|d[oó]lares|USD|EUR|CLP|MXN|km|kg|bytes)\b)", re.IGNORECASE)
CURRENCY = re.compile(r"[€$£] ?\Z")
WORD = re.compile(
    r"(?:tel|fono|phone|m[oó]vil|mobile|celular|\bcel\b|whatsapp|wasap|fax|ll[aá]m|\bcall|\bring\b|n[uú]mero|\bnum"
    r"ber|contact)"
    r"[^\n]{0,20}\Z",
    re.IGNORECASE,
)
LOOK_BACK = 36
MIN_DIGITS, MAX_DIGITS = 7, 15
NO_DIGIT = re.compile(r"[^0-9]")
TRUNK = {"AR": re.compile(r"0?(\d{2,4}?)15(\d{6,8})|0(\d{10})"), "MX": re.compile(r"(?:044|045|01)(\d{10})")}


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Telephone numbers: international ones; those of some countries that a word announces, or written as one is."""
    for match in CANDIDATE.finditer(text):
        written = match[0]
        digits = NO_DIGIT.sub("", written)
        if not MIN_DIGITS <= len(digits) <= MAX_DIGITS + 2 or IS_DATE.match(written):
            continue
        if written.startswith(("+", "00")):
            if _is_international(digits.removeprefix("00") if written[0] == "0" else digits):
                yield match.span()
            continue
        is_announced = bool(WORD.search(text, max(0, match.start() - LOOK_BACK), match.start()))
        if is_announced:
            is_phone = _is_national(digits, REGIONS) or _is_international(digits)
        elif written == digits:
            is_phone = _is_mobile(digits)
        else:
            is_phone = not _is_amount(text, match) and _is_national(digits, REGIONS[:7])
        if is_phone:
            yield match.span()


def _is_amount(text: str, match: re.Match[str]) -> bool:
    if CURRENCY.search(text, max(0, match.start() - 3), match.start()) or UNIT.match(text, match.end()):
        return True
    return "." in match[0] and bool(IS_AMOUNT.fullmatch(match[0]) or IS_DECIMAL.fullmatch(match[0]))


def _is_international(digits: str) -> bool:
    for length in (1, 2, 3):
        for region in COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length] or 0), ()):
            rest = digits[length:]
            plan = _plan(region)
            if plan and (plan.fullmatch(rest) or (rest[:1] == "0" and plan.fullmatch(rest[1:]))):
                return True
            if region == "MX" and plan and rest[:1] == "1" and plan.fullmatch(rest[1:]):  # as it was until 2019
                return True
    return False


def _is_national(digits: str, regions: tuple[str, ...]) -> bool:
    for region in regions:
        plan = _plan(region)
        if plan is None:
            continue
        if plan.fullmatch(digits) or (digits[0] == "0" and plan.fullmatch(digits[1:])):
            return True
        trunk = TRUNK[region].fullmatch(digits) if region in TRUNK else None
        if trunk and plan.fullmatch("".join(group for group in trunk.groups() if group)):
            return True
        if region == "US" and digits[0] == "1" and plan.fullmatch(digits[1:]):
            return True
    return False


def _is_mobile(digits: str) -> bool:
    for region in BARE_REGIONS:
        mobile = _mobile(region)
        if mobile is not None and mobile.fullmatch(digits):
            return True
    return False


@cache
def _plan(region: str) -> re.Pattern[str] | None:
    """Of 240 regions at the most."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return None
    lines = (metadata.fixed_line, metadata.mobile, metadata.toll_free, metadata.personal_number, metadata.voip)
    forms = {line.national_number_pattern for line in lines if line is not None and line.national_number_pattern}
    return re.compile("|".join(f"(?:{form})" for form in sorted(forms)), re.ASCII) if forms else None


@cache
def _mobile(region: str) -> re.Pattern[str] | None:
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.mobile is None or not metadata.mobile.national_number_pattern:
        return None
    return re.compile(metadata.mobile.national_number_pattern, re.ASCII)
