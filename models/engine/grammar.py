"""What is known about a grammar without llama.cpp: whether it may be given to it, and when a lazy one takes over.

llama.cpp parses grammars by recursion and ends the process when its stack is full. Its own lazy grammars are not used:
they search all text so far with ``std::regex`` (330 tokens took 3 s, 1,300 more than 100 s), and end the process when
the token that completes the trigger goes on in a way that the grammar does not know, as in "<tool_call>.".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from models.engine.json_grammar import schema_grammar
from models.engine.outcome import SamplingRefused
from models.sampling import SamplingParams

MAX_CHARACTERS = 100_000
MAX_DEPTH = 500  # of nested parentheses; llama.cpp's parser takes 10,000 with 8 MB of stack, and not 100,000
NO_STRUCTURE = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|#[^\n]*', re.DOTALL)  # strings, classes, comments
ANYTHING_BEFORE = r"[\s\S]*?"  # llama.cpp's patterns begin so; a search needs it not, and is quadratic with it


def grammar_of(sampling: SamplingParams) -> str | None:
    """The GBNF that ``sampling`` asks for. Raises SamplingRefused for what must not reach llama.cpp."""
    grammar = sampling.grammar
    if sampling.json_schema is not None:
        grammar = _grammar_of_schema(sampling.json_schema)
    if grammar is not None:
        _check(grammar)
    return grammar


def _grammar_of_schema(schema: dict[str, Any]) -> str:
    try:
        return schema_grammar(schema)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise SamplingRefused(f"no JSON schema: {error}") from error


def _check(grammar: str) -> None:
    if len(grammar) > MAX_CHARACTERS:
        raise SamplingRefused(f"a grammar of {len(grammar)} characters, more than {MAX_CHARACTERS}")
    if "\0" in grammar:
        raise SamplingRefused("a zero byte in a grammar")
    depth = deepest = 0
    for bracket in re.findall("[()]", NO_STRUCTURE.sub("", grammar)):
        depth += 1 if bracket == "(" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise SamplingRefused(f"a grammar with parentheses {deepest} deep, more than {MAX_DEPTH}")


@dataclass(frozen=True)
class Found:
    """Where the grammar takes over: bytes already written, or else bytes of the next token (never of both)."""

    written: bytes = b""
    within: bytes = b""


class Trigger:
    """Watches free text for ``pattern``; its first group that matched, or else its match, is where grammar begins."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern.removeprefix(ANYTHING_BEFORE))
        self._text = b""

    def find(self, piece: bytes) -> Found | None:
        """What if ``piece`` came next? None when the text stays free."""
        together = self._text + piece
        text = together.decode("utf-8", errors="surrogateescape")  # loses no byte of a character that is not complete
        match = self._pattern.search(text)
        if match is None:
            return None
        group = next((number for number, part in enumerate(match.groups(), 1) if part), 0)
        start = len(text[: match.start(group)].encode("utf-8", errors="surrogateescape"))
        if start <= len(self._text):
            return Found(written=self._text[start:])
        return Found(within=together[start:])

    def push(self, piece: bytes) -> None:
        """``piece`` was written."""
        self._text += piece

    def forget(self) -> None:
        """What was found is no beginning of anything the grammar knows."""
        self._text = b""
