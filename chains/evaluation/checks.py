"""Instructions whose following a few lines of code can tell, as in IFEval (Zhou et al. 2023, arXiv:2311.07911).

An answer is text of a model: it is counted and compared, never run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from chains.answer_overlap import words_of
from storage.columns import folded

SENTENCE_END = re.compile(r"[.!?…]+(?=[\s\"'»”)]|$)")
BULLET = re.compile(r"\s*(?:[-*•–]|\d{1,3}[.)])\s+\S")
FENCE = re.compile(r"```[a-zA-Z]*\n(.*?)\n?```", re.DOTALL)
NOT_JSON = object()

Answer = str
CheckFunction = Callable[[Answer, Any], bool]


def _check_name_and_value(check: dict[str, Any]) -> dict[str, Any]:
    if len(check) != 1:
        raise ValueError("a check is one name with its value")
    ((name, value),) = check.items()
    if name not in CHECKS:
        raise ValueError(f"unknown check: {name}")
    if type(value) is not CHECKS[name][0]:
        raise ValueError(f"the value of {name} must be of type {CHECKS[name][0].__name__}")
    return check


Check = Annotated[dict[str, Any], AfterValidator(_check_name_and_value)]


def holds(check: Mapping[str, Any], answer: Answer) -> bool:
    """Whether ``answer`` does what ``check``, a name of CHECKS with its value, wants."""
    ((name, value),) = check.items()
    return CHECKS[name][1](answer.strip(), value)


def parsed_json(answer: Answer) -> Any:
    """The value that ``answer`` is, alone or in a fence of Markdown; NOT_JSON where it is none."""
    fenced = FENCE.fullmatch(answer.strip())
    try:
        return json.loads(fenced.group(1) if fenced else answer)
    except (ValueError, RecursionError):
        return NOT_JSON


def _words(answer: Answer) -> list[str]:
    return [word for word in answer.split() if any(character.isalnum() for character in word)]


def _lines(answer: Answer) -> list[str]:
    return [line for line in answer.splitlines() if line.strip()]


def _num_sentences(answer: Answer) -> int:
    """What stands after the last full stop counts as one, too."""
    ends = list(SENTENCE_END.finditer(answer))
    rest = answer[ends[-1].end() :] if ends else answer
    return len(ends) + any(character.isalnum() for character in rest)


def _num_bullets(answer: Answer) -> int:
    return sum(1 for line in _lines(answer) if BULLET.match(line))


def _includes(answer: Answer, texts: list[str]) -> bool:
    return all(folded(text) in folded(answer) for text in texts)


def _excludes(answer: Answer, texts: list[str]) -> bool:
    """An empty answer follows no instruction."""
    return bool(answer) and not any(folded(text) in folded(answer) for text in texts)


def _excludes_words(answer: Answer, words: list[str]) -> bool:
    return bool(answer) and not {folded(word) for word in words}.intersection(words_of(answer))


def _begins_lines(answer: Answer, text: str) -> bool:
    lines = _lines(answer)
    return bool(lines) and all(folded(line.lstrip()).startswith(folded(text)) for line in lines)


def _has_keys(answer: Answer, keys: list[str]) -> bool:
    """These and no others, in any order."""
    value = parsed_json(answer)
    return isinstance(value, dict) and sorted(value) == sorted(keys)


def _has_values(answer: Answer, wanted: Mapping[str, Any]) -> bool:
    value = parsed_json(answer)
    return isinstance(value, dict) and _holds_values(value, wanted)


def _holds_values(value: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(key in value and _is_same(value[key], wanted[key]) for key in wanted)


def _is_same(value: Any, wanted: Any) -> bool:
    """Texts whatever their case, accents and blanks around them; numbers also of another type, but never a text."""
    if isinstance(wanted, str):
        return isinstance(value, str) and folded(value.strip()) == folded(wanted.strip())
    if isinstance(wanted, list):
        is_long_enough = isinstance(value, list) and len(value) == len(wanted)
        return is_long_enough and all(map(_is_same, value, wanted))
    if isinstance(wanted, dict):
        return isinstance(value, dict) and value.keys() == wanted.keys() and _holds_values(value, wanted)
    is_truth = isinstance(wanted, bool)
    return bool(isinstance(value, bool) == is_truth and value == wanted)


# What a check's value must be, and what it asks of an answer without blanks around it.
CHECKS: Mapping[str, tuple[type, CheckFunction]] = {
    "num_words": (int, lambda answer, num: len(_words(answer)) == num),
    "min_words": (int, lambda answer, num: len(_words(answer)) >= num),
    "max_words": (int, lambda answer, num: 0 < len(_words(answer)) <= num),
    "num_sentences": (int, lambda answer, num: _num_sentences(answer) == num),
    "num_lines": (int, lambda answer, num: len(_lines(answer)) == num),
    "num_bullets": (int, lambda answer, num: _num_bullets(answer) == num),
    "starts_with": (str, lambda answer, text: folded(answer).startswith(folded(text))),
    "ends_with": (str, lambda answer, text: folded(answer).endswith(folded(text))),
    "lines_start_with": (str, _begins_lines),
    "includes": (list, _includes),
    "excludes": (list, _excludes),
    "excludes_words": (list, _excludes_words),
    "is_upper": (bool, lambda answer, wanted: answer.isupper() is wanted),
    "is_lower": (bool, lambda answer, wanted: answer.islower() is wanted),
    "is_json": (bool, lambda answer, wanted: (parsed_json(answer) is not NOT_JSON) is wanted),
    "json_keys": (list, _has_keys),
    "json_values": (dict, _has_values),
}
