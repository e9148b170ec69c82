"""What a turn of the agent is worth. Pure: reads what was called, found and answered, and asks nobody.

``grounded``: an answer counts when all of this holds. What the task asks for stands in something that a tool returned,
and in the answer. Every number and every name of the answer, and four of five of its other words in each sentence,
stand in what tools returned or in the question; words are compared without accents and capitals, those that are common
in either language are left out, and a date that a tool returned in digits counts as written out as well. Numbers of
sources are not part of an answer's text. So an answer that says nothing, or says it from memory, is not grounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from agents.prompts import date_in_words
from agents.steps import Outcome, ToolCall, ToolResult
from agents.tools.tool import AgentTool
from bench.agent.tasks import Task
from chains.evidence import folded, names_in, numbers_in, words_in
from chains.languages import content_words
from chains.sentences import sentences

SHARE_OF_WORDS = 0.8
CITED = re.compile(r"\s*\[\d+\]")
DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")


@dataclass(frozen=True)
class Answered:
    """One turn. ``num_cut`` decisions of the model were no call, because they never came to their end."""

    task: Task
    calls: tuple[ToolCall, ...]
    results: tuple[ToolResult, ...]
    text: str
    num_cut: int = 0
    overheads_ms: tuple[float, ...] = ()

    @property
    def observations(self) -> str:
        return "\n".join(result.text for result in self.results if result.outcome is Outcome.DONE)


def calls_that_parse(answered: Answered, tools: Mapping[str, AgentTool]) -> tuple[int, int]:
    """How many calls are of a tool on offer and fit its schema, and how many there are."""
    broken = {result.call_id for result in answered.results if result.error_key == "error_arguments_invalid"}
    good = [call for call in answered.calls if call.id not in broken and _fits(call, tools)]
    return len(good), len(answered.calls) + answered.num_cut


def has_right_tool(answered: Answered) -> bool:
    """The first call is of the task's tool."""
    return bool(answered.calls) and answered.calls[0].name == answered.task.tool


def has_right_arguments(answered: Answered) -> bool:
    """And it holds all that the task wants in it."""
    written = folded(str(list(answered.calls[0].arguments.values()))) if answered.calls else ""
    return has_right_tool(answered) and all(folded(part) in written for part in answered.task.arguments)


def is_told(answer: str, text: str) -> bool:
    """``answer`` stands in ``text``; a number may go on behind its decimal point, and no other may."""
    ending = "" if re.search(r"\d\.\d", answer) else r"(?!\w|[.,:]\d)"
    return re.search(rf"(?<![\w.,]){re.escape(folded(answer))}{ending}", folded(" ".join(text.split()))) is not None


def is_answered(answered: Answered) -> bool:
    return is_told(answered.task.answer, answered.text)


def is_grounded(answered: Answered) -> bool:
    """As the top of this module says."""
    known = f"{answered.task.question}\n{answered.observations}"
    known += "".join(f"\n{date_in_words(day, language)}" for day in _days(known) for language in ("es", "en"))
    text = CITED.sub("", answered.text)
    is_there = is_told(answered.task.answer, answered.observations) and is_answered(answered)
    return is_there and all(_stands_in(text[one.start : one.end], known) for one in sentences(text))


def _stands_in(sentence: str, known: str) -> bool:
    words = [folded(word) for word in content_words(sentence)]
    there = words_in(known)
    is_made_of = sum(word in there for word in words) >= SHARE_OF_WORDS * len(words)
    return is_made_of and numbers_in(sentence) <= numbers_in(known) and names_in(sentence) <= there


def _days(text: str) -> list[date]:
    found: list[date] = []
    for written in DAY.findall(text):
        try:
            found.append(date.fromisoformat(written))
        except ValueError:
            continue
    return found


def _fits(call: ToolCall, tools: Mapping[str, AgentTool]) -> bool:
    schema: Any = tools[call.name].tool.tool_call_schema if call.name in tools else None
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        return False
    try:
        schema.model_validate(dict(call.arguments))
    except ValidationError:
        return False
    return True


def share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)
