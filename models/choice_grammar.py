"""Grammars that let nothing through but some of given texts, in their order and none of them twice."""

from __future__ import annotations

from collections.abc import Sequence

from models.engine.json_grammar import literal


def choice_grammar(texts: Sequence[str], most: int, between: str) -> str:
    """GBNF of one to ``most`` of ``texts`` with ``between`` between them. It grows with their number, not its square.

    ``from-K-I`` is: text I and then up to K - 1 of those after it, or the same from the next one on.
    """
    if not texts:
        raise ValueError("there is nothing to choose from")
    rules = [f"text-{index} ::= {literal(text)}" for index, text in enumerate(texts)]
    for left in range(1, most + 1):
        for index in range(len(texts)):
            has_next = index + 1 < len(texts)
            more = f" ({literal(between)} from-{left - 1}-{index + 1})?" if left > 1 and has_next else ""
            later = f" | from-{left}-{index + 1}" if has_next else ""
            rules.append(f"from-{left}-{index} ::= text-{index}{more}{later}")
    return "\n".join([f"root ::= from-{most}-0", *rules])


def begun_choice_grammar(first: str, texts: Sequence[str], most: int, between: str) -> str:
    """GBNF of ``first``, and then up to ``most`` of ``texts``."""
    if not texts:
        return f"root ::= {literal(first)}"
    more = choice_grammar(texts, most, between).replace("root ::=", "more ::=", 1)
    return f"root ::= {literal(first)} ({literal(between)} more)?\n{more}"
