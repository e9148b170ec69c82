"""Sizes, speeds and languages of models as readers of one language write them; all of it is HTML."""

from __future__ import annotations

from html import escape

from components.local_text import NO_BREAK_SPACE, LocalText
from models.catalogue import Spanish
from models.memory_need import Fit

MEGABYTE, GIGABYTE = 1_000_000, 1_000_000_000
MILLION, BILLION = 1_000_000, 1_000_000_000
MANY = 100  # of any unit: no decimals from there on
SECONDS_OF_A_MINUTE = 60
SECONDS_OF_AN_HOUR = 3_600
NAMED_LANGUAGES = frozenset(
    ("ar", "ca", "cs", "de", "en", "es", "eu", "fr", "gl", "hi", "it", "ja", "ko", "nl", "pt", "ru", "th", "zh")
)


def size(text: LocalText, num_bytes: float) -> str:
    """In the unit that leaves few digits."""
    if num_bytes >= GIGABYTE:
        return f"{_few_digits(text, num_bytes / GIGABYTE)}{NO_BREAK_SPACE}GB"
    return f"{_few_digits(text, num_bytes / MEGABYTE)}{NO_BREAK_SPACE}MB"


def parameters(text: LocalText, number: int) -> str:
    """Empty where nobody told."""
    if not number:
        return ""
    if number < BILLION:
        return text.html("app_md_parameters_millions", millions=text.decimal(number / MILLION, 0))
    is_short = text.language != "es"  # Spanish has a thousand millions in its place
    shown = _few_digits(text, number / BILLION) if is_short else text.count(round(number / (100 * MILLION)) * 100)
    return text.html("app_md_parameters_billions", number=shown)


def tokens(text: LocalText, number: int) -> str:
    return text.html("app_md_tokens", tokens=text.count(number))


def language(text: LocalText, code: str) -> str:
    """Its name, or the code itself."""
    return text.html(f"app_md_language_{code}") if code in NAMED_LANGUAGES else escape(code)


def spanish(text: LocalText, ability: Spanish | None) -> str:
    return text.html(f"app_md_spanish_{ability or 'untold'}")


def fitting(text: LocalText, fit: Fit | None) -> str:
    """With a class for each, and a word, so that no colour is needed to tell."""
    kind = str(fit or "untold")
    return f'<span class="md-fit {kind}">{text.html(f"app_md_fit_{kind}")}</span>'


def whole(text: LocalText, number: float) -> str:
    """A speed: with a digit behind the point while it is slow."""
    return text.decimal(number, 0 if number >= 10 else 1)


def time_left(text: LocalText, seconds: float) -> str:
    if seconds < SECONDS_OF_A_MINUTE:
        return text.html("app_seconds_left", seconds=max(1, round(seconds)))
    if seconds < SECONDS_OF_AN_HOUR:
        return text.html("app_minutes_left", minutes=round(seconds / SECONDS_OF_A_MINUTE))
    hours = text.decimal(seconds / SECONDS_OF_AN_HOUR, 1)
    return text.html("app_md_hours_left", hours=hours)


def _few_digits(text: LocalText, number: float) -> str:
    return text.decimal(number, 0 if number >= MANY else 1)
