"""The operator's own filters, read from a YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import regex
import yaml

from errors import FiltersFileBroken
from safety.stream_mask import Rule

KEYS = {"name", "pattern", "action", "applies_to", "sentence"}
ACTIONS = ("refuse", "hide")
TARGETS = ("questions", "answers", "both")
LANGUAGES = ("en", "es")
MAX_PATTERN = 2_000
# What makes a pattern slow on some texts, or its matches depend on what has not come yet.
REPEATED_TWICE = regex.compile(r"[*+}][)]*[)][*+{]")
LOOKS_ELSEWHERE = regex.compile(r"\(\?(?:[=!]|<[=!]|P=|R|\d|&|\()|\\[1-9]|\\g<|\\K|(?<!\\)\$|\\Z")
UNBOUNDED_START = regex.compile(r"^\^?\.[*+]")


@dataclass(frozen=True)
class Filters:
    """Rules for questions and for answers; ``sentences`` of those that refuse questions, by name and language."""

    questions: tuple[Rule, ...] = ()
    answers: tuple[Rule, ...] = ()
    sentences: Mapping[str, Mapping[str, str]] | None = None


def read_filters(path: Path) -> Filters:
    """Raises FiltersFileBroken."""
    return _File(path).filters()


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path

    def filters(self) -> Filters:
        root = self._root()
        top = self._fields(root, {"filters"})
        if not isinstance(top.get("filters"), yaml.SequenceNode):
            self._refuse(root, "filters must be a list")
        questions: list[Rule] = []
        answers: list[Rule] = []
        sentences: dict[str, dict[str, str]] = {}
        for node in top["filters"].value:
            fields = self._fields(node, KEYS)
            rule, target = self._rule(node, fields)
            if rule.name in sentences:
                self._refuse(node, f"there are two filters called {rule.name}")
            sentences[rule.name] = self._sentences(node, fields, is_needed=rule.refuses and target != "answers")
            questions += [rule] if target != "answers" else []
            answers += [rule] if target != "questions" else []
        return Filters(tuple(questions), tuple(answers), sentences)

    def _root(self) -> yaml.Node:
        try:
            root = yaml.compose(self._path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or "no YAML"
            raise FiltersFileBroken(path=self._path, line=mark.line + 1 if mark else 1, reason=reason) from error
        except (OSError, UnicodeDecodeError) as error:
            raise FiltersFileBroken(path=self._path, line=1, reason=type(error).__name__) from error
        if root is None:
            raise FiltersFileBroken(path=self._path, line=1, reason="it is empty")
        return root

    def _rule(self, node: yaml.Node, fields: Mapping[str, yaml.Node]) -> tuple[Rule, str]:
        name = self._text(node, fields, "name")
        action = self._one_of(node, fields, "action", ACTIONS)
        target = self._one_of(node, fields, "applies_to", TARGETS)
        pattern = self._text(node, fields, "pattern")
        where = fields["pattern"]
        if len(pattern) > MAX_PATTERN:
            self._refuse(where, f"pattern is longer than {MAX_PATTERN} characters")
        if REPEATED_TWICE.search(pattern):
            self._refuse(where, "pattern repeats what is itself repeated, which takes too long on some texts")
        if LOOKS_ELSEWHERE.search(pattern):
            self._refuse(where, "pattern looks ahead, behind, back or for the end, which a growing text does not know")
        if UNBOUNDED_START.search(pattern):
            self._refuse(where, "pattern begins with anything at all, which is not needed")
        try:
            compiled = regex.compile(pattern, regex.IGNORECASE)
        except regex.error as error:
            self._refuse(where, f"pattern: {error}")
        if compiled.match(""):
            self._refuse(where, "pattern is found in a text without a character")
        return Rule(name, compiled, refuses=action == "refuse"), target

    def _sentences(self, node: yaml.Node, fields: Mapping[str, yaml.Node], *, is_needed: bool) -> dict[str, str]:
        if "sentence" not in fields:
            if is_needed:
                self._refuse(node, "sentence is missing: what to say when a question is refused")
            return {}
        told = self._fields(fields["sentence"], set(LANGUAGES))
        return {language: self._text(fields["sentence"], told, language) for language in LANGUAGES}

    def _fields(self, node: yaml.Node, known: set[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, f"here must be: {', '.join(sorted(known))}")
        fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value not in known or key.value in fields:
                self._refuse(key, f"{key.value!r} is not known here, or is there twice")
            fields[key.value] = value
        return fields

    def _text(self, node: yaml.Node, fields: Mapping[str, yaml.Node], name: str) -> str:
        value: Any = fields.get(name)
        if not isinstance(value, yaml.ScalarNode) or not value.value.strip():
            self._refuse(value or node, f"{name} is missing")
        return str(value.value)

    def _one_of(self, node: yaml.Node, fields: Mapping[str, yaml.Node], name: str, choices: tuple[str, ...]) -> str:
        value = self._text(node, fields, name)
        if value not in choices:
            self._refuse(fields[name], f"{name} must be one of: {', '.join(choices)}")
        return value

    def _refuse(self, node: yaml.Node, reason: str) -> NoReturn:
        raise FiltersFileBroken(path=self._path, line=node.start_mark.line + 1, reason=reason)
