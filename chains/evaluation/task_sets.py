"""Sets of questions whose answers can be judged: those that come with the program, and what a set is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from chains.evaluation.checks import Check
from errors import TaskSetNotFound
from safety.surrogates import without_surrogates

MAX_ITEMS = 500
MAX_ANSWERS = 50  # that are right, of one question
MAX_QUESTION_CHARACTERS = 20_000
MAX_ANSWER_CHARACTERS = 4_000
MAX_TEXT_CHARACTERS = 400_000
MAX_ANSWER_TOKENS = 64

Question = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARACTERS)]
Expected = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ANSWER_CHARACTERS)]


class Metric(StrEnum):
    """How an answer is measured: from 0 to 1, except PERPLEXITY, which is of a text that nobody answers."""

    EXACT = "exact"  # the same words as an expected answer; this and the next two are those of SQuAD
    F1 = "f1"
    CONTAINS = "contains"  # the words of an expected answer stand in it in a row
    LABEL = "label"  # of the labels of the set, it names the expected one and no other
    NUMBER = "number"  # its last number is the expected one
    CHECKS = "checks"  # every instruction was followed
    CHECKS_SHARE = "checks_share"  # the share of the instructions that were
    SUPPORTED = "supported"  # what the text tells is told, and what it does not tell is refused
    JUDGE = "judge"  # another model finds it right
    PERPLEXITY = "perplexity"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TaskItem(_Part):
    """One question. ``context`` is the text that it is about. Each of ``answers`` is right; with SUPPORTED, none means
    that the text does not tell."""

    question: Question
    answers: tuple[Expected, ...] = Field(default=(), max_length=MAX_ANSWERS)
    context: str = Field(default="", max_length=MAX_QUESTION_CHARACTERS)
    checks: tuple[Check, ...] = Field(default=(), max_length=20)


class TaskSet(_Part):
    """Questions of one kind. The first of ``metrics`` is the score.

    ``names`` is by language of the page. ``instruction`` is said with every question. ``labels`` are the words that
    stand for each label, and ``refusals`` those that say that a text does not tell.
    """

    id: str = ""
    language: Literal["es", "en"]
    names: Mapping[str, str] = Field(default_factory=dict)
    instruction: str = Field(default="", max_length=MAX_QUESTION_CHARACTERS)
    metrics: tuple[Metric, ...] = Field(min_length=1)
    labels: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    refusals: tuple[str, ...] = ()
    max_tokens: int = Field(default=MAX_ANSWER_TOKENS, ge=1, le=8_192)
    items: tuple[TaskItem, ...] = Field(min_length=1, max_length=MAX_ITEMS)

    @model_validator(mode="after")
    def _check_that_it_can_be_measured(self) -> TaskSet:
        needs = {Metric.EXACT, Metric.F1, Metric.CONTAINS, Metric.LABEL, Metric.NUMBER, Metric.JUDGE}
        if needs & set(self.metrics) and not all(item.answers for item in self.items):
            raise ValueError("a question without an answer")
        if {Metric.CHECKS, Metric.CHECKS_SHARE} & set(self.metrics) and not all(item.checks for item in self.items):
            raise ValueError("a question without a check")
        if Metric.LABEL in self.metrics and not all(set(item.answers) <= set(self.labels) for item in self.items):
            raise ValueError("an answer that is no label")
        if Metric.SUPPORTED in self.metrics and not self.refusals:
            raise ValueError("no words to refuse with")
        if Metric.PERPLEXITY in self.metrics and len(self.metrics) > 1:
            raise ValueError("a text to read and to answer")
        return self

    @property
    def name(self) -> str:
        """What evaluations of it are kept under: its id, or what a person called it."""
        return self.id or self.names.get(self.language, "")

    @property
    def is_text(self) -> bool:
        """True when its items are read, not answered."""
        return self.metrics == (Metric.PERPLEXITY,)

    @property
    def fingerprint(self) -> str:
        """The same for what asks and measures the same: results of two sets that share it can be compared."""
        told = self.model_dump_json(exclude={"id", "names"})
        return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:16]


class TaskLibrary:
    """The sets that come with the program, written for it."""

    def __init__(self, sets: Mapping[str, TaskSet]) -> None:
        self._sets = sets

    @classmethod
    def load(cls, folder: Path | None = None) -> TaskLibrary:
        """Read every ``<id>.yaml`` of ``folder``, by default the one beside this file."""
        folder = folder or Path(__file__).parent / "sets"
        paths = sorted(folder.glob("*.yaml"))
        contents = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths}
        return cls({name: TaskSet.model_validate({**content, "id": name}) for name, content in contents.items()})

    def listed(self) -> tuple[TaskSet, ...]:
        """All of them, by their ids."""
        return tuple(self._sets.values())

    def get(self, name: str) -> TaskSet:
        """The one with this id. Raises TaskSetNotFound."""
        found = self._sets.get(name)
        if found is None:
            raise TaskSetNotFound(name=name)
        return found


def text_set(text: str, language: Literal["es", "en"], name: str = "") -> TaskSet:
    """A set that measures how well models foresee ``text``."""
    item = TaskItem(question=without_surrogates(text))
    return TaskSet(language=language, names={language: name}, metrics=(Metric.PERPLEXITY,), items=(item,))
