"""Cuts arithmetic as people and models write it, in Spanish or English, into the signs that Python's has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SIGNS = r"(?P<sign>\*\*|//|[-+*/%^()!,;×÷−–·⋅√°²³])|(?P<name>[^\W\d_]\w*)|(?P<space>\s+)|(?P<other>.)"
EXPONENT = r"(?:[eE][+-]?[0-9]+(?!\w))?"
TOKEN = re.compile(rf"(?P<number>(?:[0-9][0-9.,]*|[.,][0-9]+){EXPONENT})|{SIGNS}", re.DOTALL)
TOKEN_IN_CALL = re.compile(rf"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+){EXPONENT})|{SIGNS}", re.DOTALL)  # , divides there
WRITTEN_AS = {"^": "**", "×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-", ";": ","}
NAMES = {
    "π": "pi",
    "raiz": "sqrt",
    "sen": "sin",
    "seno": "sin",
    "coseno": "cos",
    "tangente": "tan",
    "tg": "tan",
    "redondear": "round",
    "promedio": "mean",
    "media": "mean",
    "suma": "sum",
    "de": "of",
}
PERCENT = "%%"  # a hundredth; a single one is the rest of a division
AFTER_PERCENT = {"", ")", ",", "*", "/", "//", "**", "+", "-", "of"}
BETWEEN = {"+", "-", "*", "/", "//", "%", "**", "of"}
ENGLISH = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.[0-9]+)?|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
SPANISH = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
COMMA = re.compile(r"[0-9]*,[0-9]+")
EITHER = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
POINT = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")


class ArithmeticInvalid(Exception):
    """It is no arithmetic, or has no result."""


def tokens_of(text: str) -> list[str]:
    """Numbers as Python writes them, names of functions and constants, and signs. Raises ArithmeticInvalid."""
    tokens = list(_tokens(text.strip().strip("=¿?").strip()))
    pairs = zip(tokens, [*tokens, ""][1:], strict=True)
    return [PERCENT if one == "%" and after in AFTER_PERCENT else one for one, after in pairs]


def shown(tokens: list[str]) -> str:
    """One line that says how it was read."""
    text, before = "", ""
    for one in tokens:
        is_sign = one in ("+", "-") and (before in BETWEEN or before in ("", "(", ","))
        is_between = one in BETWEEN and not is_sign
        text += f" {one} " if is_between else f"{one} " if one == "," else one.replace(PERCENT, "%")
        before = one
    return text


def _tokens(text: str) -> Iterator[str]:
    calls: list[bool] = []  # for each open parenthesis, whether it holds arguments
    position, before = 0, ""
    while position < len(text):
        found = (TOKEN_IN_CALL if any(calls) else TOKEN).match(text, position)
        if found is None or found.lastgroup == "other":
            raise ArithmeticInvalid
        position = found.end()
        for sign in _written_as(found.lastgroup or "", found[0]):
            if sign == "(":
                calls.append(before.isalnum() and before[0].isalpha() and before != "of")
            elif sign == ")" and calls:
                calls.pop()
            before = sign
            yield sign


def _written_as(kind: str, text: str) -> list[str]:
    if kind == "space":
        return []
    if kind == "number":
        return [_number(text)]
    if kind == "name":
        folded = "".join(letter for letter in unicodedata.normalize("NFD", text.lower()) if letter.isalnum())
        return [NAMES.get(folded, folded)]
    return ["**", str("²³".index(text) + 2)] if text in "²³" else [WRITTEN_AS.get(text, text)]


def _number(text: str) -> str:
    """Raises ArithmeticInvalid where Spanish and English differ: 1,234 is one and a bit, or more than a thousand."""
    digits, sign, exponent = text.lower().partition("e")
    digits = digits if sign else digits.rstrip(".,")
    if ENGLISH.fullmatch(digits):
        digits = digits.replace(",", "")
    elif SPANISH.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif COMMA.fullmatch(digits) and not EITHER.fullmatch(digits):
        digits = digits.replace(",", ".")
    elif not POINT.fullmatch(digits):
        raise ArithmeticInvalid
    return digits + sign + exponent
