"""The questions to the agent, each with what a right answer needs: see ``tasks.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("tasks.yaml")
EXPRESSION = re.compile(r"[(\d][\d ()+*/.-]*\d")
ROOT = re.compile(r"raíz cuadrada de|square root of", re.IGNORECASE)


@dataclass(frozen=True)
class Result:
    """A page, an article or a passage. ``url`` is empty for a passage of the person's own."""

    title: str
    url: str
    text: str


@dataclass(frozen=True)
class Task:
    """``arguments`` are what a right call of ``tool`` holds, ``answer`` what its observation tells."""

    language: str
    tool: str
    question: str
    arguments: tuple[str, ...]
    answer: str
    results: tuple[Result, ...] = ()

    @property
    def right_call(self) -> dict[str, Any]:
        """Arguments that a perfect model calls ``tool`` with."""
        if self.tool == "calculator":
            found = EXPRESSION.search(self.question)
            number = found[0] if found else self.arguments[0]
            return {"expression": f"sqrt({number})" if ROOT.search(self.question) else number}
        if self.tool == "date_time":
            return {"time_zone": self.answer}
        if self.tool == "read_page":
            return {"url": self.arguments[0]}
        return {"query": " ".join(self.arguments)}


def read_tasks(every: int = 1, path: Path = FILE) -> tuple[Task, ...]:
    """One of so many. Two in a row ask the same in the two languages, so both languages keep their share."""
    given = [_task(one) for one in yaml.safe_load(path.read_text(encoding="utf-8"))]
    pairs = [given[at : at + 2] for at in range(0, len(given), 2)]
    return tuple(task for pair in pairs[::every] for task in pair)


def _task(given: dict[str, Any]) -> Task:
    results = tuple(Result(*one) for one in given.get("results", ()))
    return Task(**{**given, "arguments": tuple(given["arguments"]), "results": results})
