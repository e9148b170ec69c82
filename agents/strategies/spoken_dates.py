"""Finds questions about today, and birthdays in sentences, in Spanish and English."""

from __future__ import annotations

import re
from datetime import date

from agents.prompts import MONTHS, date_in_words

TODAY = re.compile(
    r"[¿¡\s]*(?:(?:dime|tell me|please|por favor),? )?"
    r"(?:what(?:'s|’s| is) (?:the |today's |today’s )?(?:current )?(?:date|day|time)(?: and time)?"
    r"|what (?:day|date|time) is (?:it|today)|qu[eé] (?:d[ií]a|hora|fecha)(?: y hora)? (?:es|tenemos)"
    r"|a qu[eé] (?:d[ií]a|fecha) estamos"
    r"|(?:cu[aá]l es )?la (?:fecha|hora)(?: actual| de hoy)?)"
    r"(?: (?:today|now|right now|hoy|ahora|ahora mismo|is it|it is))*"
    r"(?:,? (?:in|en) (?P<place>[^\W\d_][\w .,'/-]{1,38}?))?"
    r"(?: (?:today|now|right now|hoy|ahora|ahora mismo))*[\s?!.]*",
    re.IGNORECASE,
)
TOLD = re.compile(r"Today is \w+, (\d{4}-\d\d-\d\d)\. The time is (\d\d:\d\d)(?::\d\d)?(?: in ([\w/+-]+))?")
YEARS = re.compile(r": (\d{1,3}) years?\b")
BORN = re.compile(r"\b(?:born|naci[oó]|nacid[oa]|nacimiento|n\.|b\.)|[(–-]", re.IGNORECASE)
MONTH_NAMES = {name.lower(): at + 1 for language in MONTHS for at, name in enumerate(MONTHS[language].split())}
NAMES = "|".join(MONTH_NAMES)
DATES = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|º)?(?: de| of)? (?P<month>{NAMES}),?(?: de| del)? (?P<year>\d{{4}})\b"
    rf"|\b(?P<month2>{NAMES}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year2>\d{{4}})\b"
    r"|\b(?P<year3>\d{4})-(?P<month3>\d\d)-(?P<day3>\d\d)\b",
    re.IGNORECASE,
)
PARTS = ("year", "month", "day")
TODAY_ANSWER = {
    "en": "Today is {day} and it is {time}{place}.",
    "es": "Hoy es {day} y son las {time}{place}.",
}


def date_question(question: str) -> str | None:
    """Where ``question`` asks for date or time, empty for here; None when it asks for something else."""
    found = TODAY.fullmatch(question) if len(question) <= 120 else None
    return (found["place"] or "").strip() if found else None


def today_told(result: str, language: str) -> str:
    """The sentence that says what the clock said; ``result`` itself where it said something else."""
    found = TOLD.search(result)
    if found is None:
        return result
    place = f" ({found[3]})" if found[3] else ""
    day = date_in_words(date.fromisoformat(found[1]), language)
    return TODAY_ANSWER[language].format(day=day, time=found[2], place=place)


def birthday_in(sentence: str) -> str:
    """The first date behind a word that says birth, as YYYY-MM-DD; empty where there is none."""
    born = BORN.search(sentence)
    found = DATES.search(sentence, born.end()) if born else None
    if found is None:
        return ""
    year, month, day = (next(filter(None, (found[f"{part}{n}"] for n in ("", 2, 3))), "") for part in PARTS)
    try:
        return date(int(year), int(MONTH_NAMES.get(month.lower(), 0) or month), int(day)).isoformat()
    except ValueError:
        return ""


def years_in(result: str) -> str:
    """The whole years between two dates, as the clock tells them."""
    found = YEARS.search(result)
    return found[1] if found else ""
