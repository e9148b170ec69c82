"""Finds arithmetic in a question by its words, in Spanish and English, for models too small to put it into a call."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.tools.arithmetic import ArithmeticTooLarge, calculate
from agents.tools.arithmetic_tokens import ArithmeticInvalid

ASKS = re.compile(
    r"(?:please |por favor,? |dime |tell me )?(?:cu[aá]nto (?:es|son|da|vale|hace)|cu[aá]l es(?: el resultado de)?"
    r"|calcul(?:a|ar|ame|ate|e)|resuelve|what(?:'s|’s| is| are)(?: the (?:result|value) of)?|how much is|compute"
    r"|work out|evaluate)\b[:\s]*",
    re.IGNORECASE,
)
ENGLISH = re.compile(r"\b(?:what|how much|compute|calculate|work out|evaluate|plus|minus|times|square root)\b", re.I)
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # in English: elsewhere a comma divides what is less than one
NUMBER = r"(-?\d+(?:[.,]\d+)*)"
POWER = r"(?:to|a)(?: the| la)?(?: power| potencia)?(?: of| de)?"
SPOKEN = (
    (r"^(?:the|el) ", ""),
    (r"\s*\b(?:percent|per cent|por ciento) (?:of|de)\b", "% de "),
    (rf"(?:the )?square root of {NUMBER}|(?:la )?ra[ií]z(?: cuadrada)? de {NUMBER}", r"sqrt(\1\2)"),
    (rf"(?:the )?factorial of {NUMBER}|(?:el )?factorial de {NUMBER}", r"factorial(\1\2)"),
    (rf"(?:raised|elevad[oa]) {POWER}\s+|to the power(?: of)?\s+|a la potencia(?: de)?\s+", " ** "),
    (r"\bsquared\b|\bal cuadrado\b", " ** 2"),
    (r"\bcubed\b|\bal cubo\b", " ** 3"),
    (r"\b(?:multiplied by|times|multiplicad[oa] por|por)\b|(?<=\d)\s*[x×]\s*(?=\d)", " * "),
    (r"\b(?:divided by|over|dividid[oa] (?:por|entre)|entre)\b", " / "),
    (r"\b(?:plus|m[aá]s)\b", " + "),
    (r"\b(?:minus|menos)\b", " - "),
)
WORDS = tuple((re.compile(pattern, re.IGNORECASE), sign) for pattern, sign in SPOKEN)
HIS = r"(?: (?:his|her|its|their|that|this|the|su|esa|ese|esta|este|la|el) [^\W\d]+)?"
ENDING = r"[\s?.!]*$"
LINK = r"[\s,;:.?¿]*(?:(?:and|then|y|luego)\s+)?"
OPERATIONS = (
    (rf"{LINK}(?:raised?|elev\w+){HIS} {POWER}\s*{NUMBER}{ENDING}", "{value} ** {number}"),
    (rf"{LINK}(?:to the power(?: of)?|a la potencia(?: de)?|\^|\*\*)\s*{NUMBER}{ENDING}", "{value} ** {number}"),
    (rf"{LINK}(?:multipl(?:ied|y|icad[oa]|ica|[ií]cal[oa])){HIS} (?:by|por)\s*{NUMBER}{ENDING}", "{value} * {number}"),
    (rf"{LINK}(?:divided?|dividid[oa]|divide){HIS} (?:by|por|entre)\s*{NUMBER}{ENDING}", "{value} / {number}"),
    (rf"{LINK}(?:squared|al cuadrado){ENDING}()", "{value} ** 2"),
)
PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), form) for pattern, form in OPERATIONS)
ROOT = re.compile(
    r"[¿ ]*(?:what is |cu[aá]l es |calcula(?:te)? )?(?:the |la )?(?:square root of|ra[ií]z cuadrada de) ", re.IGNORECASE
)
MAX_CHARACTERS = 400  # of a question that is looked at
LEAST_WORDS = 2  # of a fact that is worth a search


@dataclass(frozen=True)
class Operation:
    """What is to be done with a number that has to be found first: by asking ``fact``."""

    fact: str
    form: str

    def on(self, value: str) -> str:
        """The expression that works on ``value``."""
        return self.form.format(value=value)


def expression_in(question: str) -> str | None:
    """The expression that ``question`` asks for, when it asks for nothing else."""
    text = _line(question).strip(" ¿?¡!.=")
    text = THOUSANDS.sub("", text) if ENGLISH.search(text) else text
    asks = ASKS.match(text)
    text = text[asks.end() :] if asks else text
    for pattern, sign in WORDS:
        text = pattern.sub(sign, text)
    text = " ".join(text.split())
    if not any(letter.isdigit() for letter in text) or not re.search(r"[^\d.,\s]", text):
        return None
    try:
        calculate(text)
    except ArithmeticTooLarge:
        return text
    except ArithmeticInvalid:
        return None
    return text


def operation_in(question: str) -> Operation | None:
    """The operation that ``question`` wants done with a fact."""
    question = _line(question)
    for pattern, form in PATTERNS:
        found = pattern.search(question)
        if found and len(question[: found.start()].split()) >= LEAST_WORDS:
            form = form.replace("{number}", found[1].replace(",", "."))
            return Operation(question[: found.start()].strip(), form)
    if root := ROOT.match(question):
        fact = question[root.end() :].strip(" ?")
        if len(fact.split()) >= LEAST_WORDS:
            return Operation(fact, "sqrt({value})")
    return None


def _line(question: str) -> str:
    """Nothing where it is too long to be arithmetic."""
    return " ".join(question.split()) if len(question) <= MAX_CHARACTERS else ""
