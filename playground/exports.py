"""An experiment's results as files for others: a program that repeats it, tables for spreadsheets, JSON."""

from __future__ import annotations

from typing import TypeAlias

from playground.permalinks import Experiment
from playground.views import ComparedScores, NextTokenView, PathToken, ScoredText, TextTokens

Result: TypeAlias = (
    NextTokenView | tuple[PathToken, ...] | TextTokens | tuple[TextTokens, TextTokens] | ScoredText | ComparedScores
)


def to_python(experiment: Experiment) -> str:
    """A program that does ``experiment`` again with the engine or LangChain and prints the same numbers."""


def to_csv(result: Result) -> str:
    """A row for each token, a header above; cells of text never become formulas."""


def to_json(experiment: Experiment, result: Result) -> str:
    """The settings and the numbers, indented; bytes as lists of numbers beside their text."""
