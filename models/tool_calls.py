"""Tool calls by constrained decoding: what the model may write, and how what it wrote is read.

A call is ``<tool_call>{"name": ..., "arguments": {...}}</tool_call>``. The grammar holds name and arguments to the
tool's schema, so that they always parse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from models.engine.json_grammar import GrammarBuilder, Schema, literal
from models.engine.tool_prompt import CALL_CLOSES, CALL_OPENS

MAX_CALLS = 8  # in one answer
CALL_BEGINS = CALL_OPENS  # for those who end a text there
NO_ARGUMENTS = {"type": "object", "properties": {}}


@dataclass(frozen=True)
class ToolOffer:
    """``tools`` are told to the model, in OpenAI's form; it may call those in ``callable_names``, or must."""

    tools: tuple[dict[str, Any], ...]
    callable_names: frozenset[str]
    is_forced: bool
    max_calls: int

    @classmethod
    def of(cls, options: dict[str, Any]) -> ToolOffer | None:
        """What ``tools``, ``tool_choice`` and ``parallel_tool_calls`` among a call's options ask for.

        Raises ValueError for a choice that is none, and for tools that run elsewhere.
        """
        tools = openai_tools(options.get("tools") or ())
        choice = options.get("tool_choice") or "auto"
        if not tools or choice == "none":
            return None
        names = frozenset(tool["function"]["name"] for tool in tools)
        if choice == "auto":
            are_many = options.get("parallel_tool_calls", True)
            return cls(tools, names, is_forced=False, max_calls=MAX_CALLS if are_many else 1)
        if choice not in (True, "any", "required"):
            names &= {_name_in(choice)}
            if not names:
                raise ValueError(f"tool_choice names no tool on offer: {choice!r}")
        return cls(tools, names, is_forced=True, max_calls=1)

    def constraint(self, answer: Schema | None = None) -> dict[str, Any]:
        """The sampling options that let the model write calls, or else ``answer`` (a schema), or else free text."""
        builder = GrammarBuilder()
        functions = [tool["function"] for tool in self.tools if tool["function"]["name"] in self.callable_names]
        call = builder.new_rule(" | ".join(_call(builder, function) for function in functions))
        line = builder.new_rule(r'"\n"?')
        block = builder.new_rule(f"{literal(CALL_OPENS)} {line} {call} {line} {literal(CALL_CLOSES)}")
        calls = block if self.max_calls == 1 else f"{block} ({line} {block}){{0,{self.max_calls - 1}}}"
        if answer is not None and not self.is_forced:
            return {"grammar": builder.grammar(f"{calls} | {builder.value(answer)}"), "json_schema": None}
        trigger = None if self.is_forced else re.escape(CALL_OPENS)
        return {"grammar": builder.grammar(calls), "grammar_trigger": trigger, "json_schema": None}


def openai_tools(tools: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """``tools`` of any kind that LangChain knows, in OpenAI's form. Raises ValueError for tools that run elsewhere."""
    converted = tuple(_with_whole_schema(convert_to_openai_tool(tool), tool) for tool in tools)
    if foreign := [tool.get("type") for tool in converted if "function" not in tool]:
        raise ValueError(f"no tool that can be called here: {foreign}")
    return converted


def _with_whole_schema(converted: dict[str, Any], tool: Any) -> dict[str, Any]:
    """LangChain writes out what a schema refers to, and leaves a hole where it refers to itself, as trees do."""
    shape = tool.tool_call_schema if isinstance(tool, BaseTool) else tool
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return converted
    schema = shape.model_json_schema()
    if not _refers_to_itself(schema):
        return converted
    return {**converted, "function": {**converted["function"], "parameters": schema}}


def _refers_to_itself(schema: dict[str, Any]) -> bool:
    definitions = schema.get("$defs", {})
    reached = {name: set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(body))) for name, body in definitions.items()}
    for _ in definitions:
        for names in reached.values():
            names |= {further for name in names for further in reached.get(name, ())}
    return any(name in names for name, names in reached.items())


def _name_in(choice: Any) -> Any:
    return choice.get("function", {}).get("name") if isinstance(choice, dict) else choice


def _call(builder: GrammarBuilder, function: dict[str, Any]) -> str:
    arguments = builder.value(function.get("parameters") or NO_ARGUMENTS)
    name = literal(json.dumps(function["name"], ensure_ascii=False))
    return f'"{{" "\\"name\\":" ws {name} "," ws "\\"arguments\\":" ws {arguments} "}}"'
