"""The grammar of one step in words: a thought, and then a call of a tool or the final answer, each behind its label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.engine.json_grammar import GrammarBuilder, literal

MAX_THOUGHT = 240  # characters
LINE = r"[^\x00-\x1F\x7F]"


def step_grammar(functions: Sequence[Mapping[str, Any]]) -> str:
    """GBNF of a step that may call ``functions``, in OpenAI's form; of the final answer where there are none."""
    builder = GrammarBuilder()
    thought = builder.new_rule(rf'"Thought: " {LINE}{{1,{MAX_THOUGHT}}} "\n"')
    final = builder.new_rule(rf'"Final Answer: " {LINE} [^\x00]*')
    actions = [
        rf'"Action: " {literal(one["name"])} "\nAction Input: " {builder.value(one.get("parameters") or {})}'
        for one in functions
    ]
    return builder.grammar(f"{thought} ({' | '.join([*actions, final])})" if actions else final)
