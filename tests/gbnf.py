"""Texts that a GBNF grammar lets through, without llama.cpp: for tests that ask what a model could write."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|\[((?:[^\]\\]|\\.)*)\]|([\w-]+)|(\{\d+(?:,\d*)?\})|([|()?*+])|\s+')
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
ANYTHING = "aé ñ日{<"  # stands for the characters that a negated class does not name
MORE = 3  # repetitions beyond the least
DEEPEST = 12  # rules within rules before the shortest way out is taken


@dataclass(frozen=True)
class Node:
    """A part of a rule. ``kind``: text, set (one of ``text``'s characters), rule, all, any or times."""

    kind: str
    text: str = ""
    parts: tuple[Node, ...] = ()
    least: int = 1
    most: int = 1


class Gbnf:
    """A grammar, read once."""

    def __init__(self, source: str) -> None:
        rules = (line.partition(" ::= ") for line in source.splitlines())
        self._rules = {name: _Reader(right).alternatives() for name, _, right in rules}
        self._depths = dict.fromkeys(self._rules, 1_000)
        for _ in self._rules:
            self._depths = {name: 1 + self._depth(node) for name, node in self._rules.items()}

    def shortest(self) -> str:
        """A text that takes as few rules as can be."""
        return self._write(self._rules["root"], None, 0)

    def any(self, draw: random.Random) -> str:
        """A text drawn by ``draw``."""
        return self._write(self._rules["root"], draw, DEEPEST)

    def _depth(self, node: Node) -> int:
        if node.kind == "rule":
            return self._depths[node.text]
        if node.kind == "times" and node.least == 0:
            return 0
        depths = [self._depth(part) for part in node.parts]
        return min(depths) if node.kind == "any" else max(depths, default=0)

    def _write(self, node: Node, draw: random.Random | None, depth: int) -> str:
        parts, is_free = node.parts, draw is not None and depth > 0
        if node.kind == "text":
            return node.text
        if node.kind == "set":
            return draw.choice(node.text) if draw else node.text[0]
        if node.kind == "rule":
            parts, depth = (self._rules[node.text],), depth - 1
        elif node.kind == "any":
            parts = (draw.choice(parts) if draw and is_free else min(parts, key=self._depth),)
        elif node.kind == "times":
            parts *= draw.randint(node.least, min(node.most, node.least + MORE)) if draw and is_free else node.least
        return "".join(self._write(part, draw, depth) for part in parts)


class _Reader:
    def __init__(self, right: str) -> None:
        self._tokens = [match for match in TOKEN.finditer(right) if not match[0].isspace()]
        assert "".join(match[0] for match in TOKEN.finditer(right)) == right, f"no GBNF: {right}"

    def alternatives(self) -> Node:
        options: list[list[Node]] = [[]]
        while self._tokens and self._tokens[0][0] != ")":
            token = self._tokens.pop(0)
            if token[0] == "|":
                options.append([])
            elif token[0] in ("?", "*", "+") or token[4]:
                least, most = _times(token[0])
                options[-1][-1] = Node("times", parts=(options[-1][-1],), least=least, most=most)
            else:
                options[-1].append(self._atom(token))
        return Node("any", parts=tuple(Node("all", parts=tuple(nodes)) for nodes in options))

    def _atom(self, token: re.Match[str]) -> Node:
        if token[0] == "(":
            inner = self.alternatives()
            assert self._tokens.pop(0)[0] == ")"
            return inner
        if token[3]:
            return Node("rule", token[3])
        return Node("text", _unescaped(token[1])) if token[2] is None else Node("set", _characters(token[2]))


def _times(sign: str) -> tuple[int, int]:
    if sign in "?*+":
        return {"?": (0, 1), "*": (0, 1_000), "+": (1, 1_000)}[sign]
    least, comma, most = sign[1:-1].partition(",")
    return int(least), int(most or (1_000 if comma else least))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), text)


def _characters(inside: str) -> str:
    if inside.startswith("^"):
        return ANYTHING
    plain = _unescaped(inside)
    return re.sub(r"(\w)-(\w)", lambda pair: "".join(map(chr, range(ord(pair[1]), ord(pair[2]) + 1))), plain)
