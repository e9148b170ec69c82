"""JSON schema -> GBNF, such that every text the grammar lets through is strict JSON that fits the schema.

llama.cpp's own converter is not used: its strings may hold bare line breaks, which are no JSON; it confuses two
definitions of one name, and refuses a field without a type. Left aside, because a grammar cannot say them or would
become slow: ``pattern``, ``multipleOf``, ``uniqueItems``, ``not``, conditions, and counts above MAX_COUNT.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias
from urllib.parse import unquote

from models.engine.number_grammar import NUMBER, decimals, integers

Schema: TypeAlias = Any  # a dict, or True for anything: what json.loads makes of it

MAX_COUNT = 256  # of items or characters: llama.cpp unrolls a count into as many rules
MEANT = {
    *("$ref", "const", "enum", "anyOf", "oneOf", "allOf", "type", "format"),
    *("properties", "required", "additionalProperties", "items", "prefixItems"),
    *("minItems", "maxItems", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}
RULES = {
    "ws": '" "?',
    "value": 'object | array | string | number | "true" | "false" | "null"',
    "object": '"{" (member ("," ws member)*)? "}"',
    "member": 'string ":" ws value',
    "array": '"[" (value ("," ws value)*)? "]"',
    "string": r'"\"" char* "\""',
    "char": r'[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" code)',
    # half a surrogate pair is no character: such a text could not be written to a file or a database
    "code": r'[0-9abcefABCEF] hex hex hex | [dD] [0-7] hex hex | [dD] [89abAB] hex hex "\\u" [dD] [c-fC-F] hex hex',
    "hex": "[0-9a-fA-F]",
    "number": NUMBER,
    "integer": integers(),
    "date": '[12] [0-9]{3} "-" (("0" [13578] | "1" [02]) "-" (day | "29" | "3" [01])'
    ' | ("0" [469] | "11") "-" (day | "29" | "30") | "02-" day)',
    "day": '"0" [1-9] | "1" [0-9] | "2" [0-8]',  # of any month: the grammar knows no leap years
    "time": r'("0" [0-9] | "1" [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? zone',
    "zone": r'"Z" | [-+] ("0" [0-9] | "1" [0-3]) ":" [0-5] [0-9]',
    "uuid": r'hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}',
}
FORMATS = {"date": "date", "time": "time", "date-time": 'date "T" time', "uuid": "uuid"}


def schema_grammar(schema: Schema) -> str:
    """The grammar of an answer that is one JSON text and fits ``schema``."""
    builder = GrammarBuilder()
    return builder.grammar(builder.value(schema))


def literal(text: str) -> str:
    """``text`` itself, as GBNF writes it."""
    escaped = (
        text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")
    )
    return f'"{escaped}"'


class GrammarBuilder:
    """Collects the rules of one grammar, which may be of several schemas."""

    def __init__(self) -> None:
        self._rules = dict(RULES)

    def value(self, schema: Schema) -> str:
        """Expression of what fits ``schema``, whose references point into itself. Raises ValueError."""
        try:
            return _Document(schema, self).expression(schema)
        except RecursionError as error:
            raise ValueError("the schema goes in circles or is too deep") from error

    def grammar(self, root: str) -> str:
        return "\n".join(f"{name} ::= {rule}" for name, rule in {"root": root, **self._rules}.items())

    def new_rule(self, expression: str = "") -> str:
        """Its name."""
        name = f"r{len(self._rules)}"
        self._rules[name] = expression
        return name

    def define(self, name: str, expression: str) -> None:
        self._rules[name] = expression


class _Document:
    """Makes expressions of the parts of one schema."""

    def __init__(self, root: Schema, rules: GrammarBuilder) -> None:
        self._root = root
        self._rules = rules
        self._references: dict[str, str] = {}

    def expression(self, schema: Schema) -> str:
        if not isinstance(schema, dict):
            return "value"
        meant = {key: value for key, value in schema.items() if key in MEANT}
        if "$ref" in meant:
            return self._reference(meant["$ref"])
        if "const" in meant:
            return _constant(meant["const"])
        if meant.get("enum"):
            return _either([_constant(value) for value in meant["enum"]])
        if options := self._options(meant):
            return _either([self.expression(option) for option in options])
        if "allOf" in meant:
            return self.expression(self._merged(meant))
        return self._typed(meant)

    def _reference(self, pointer: str) -> str:
        if pointer not in self._references:
            self._references[pointer] = self._rules.new_rule()  # before its rule is made: it may refer to itself
            self._rules.define(self._references[pointer], self.expression(self._target(pointer)))
        return self._references[pointer]

    def _target(self, pointer: str) -> Schema:
        """Anything goes where ``pointer`` leads nowhere."""
        target = self._root
        for step in unquote(pointer.removeprefix("#")).split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(target, list) and key.isdecimal() and int(key) < len(target):
                target = target[int(key)]
            else:
                target = target.get(key, True) if isinstance(target, dict) else True
        return target if pointer.startswith("#") else True

    def _options(self, schema: dict[str, Any]) -> list[Schema]:
        for key in ("anyOf", "oneOf"):
            if options := schema.get(key):
                rest = {name: value for name, value in schema.items() if name != key}
                return [self._merged({"allOf": [rest, option]}) if rest else option for option in options]
        if isinstance(schema.get("type"), list):
            return [{**schema, "type": kind} for kind in schema["type"]]
        return []

    def _merged(self, schema: dict[str, Any]) -> dict[str, Any]:
        """One schema that asks for all that ``schema`` and the members of its ``allOf`` ask for."""
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema.get("allOf", ()):
            part = self._target(part["$ref"]) if isinstance(part, dict) and "$ref" in part else part
            part = self._merged(part) if isinstance(part, dict) else {}
            merged |= {
                **part,
                "properties": {**merged.get("properties", {}), **part.get("properties", {})},
                "required": [*merged.get("required", ()), *part.get("required", ())],
            }
        return {key: value for key, value in merged.items() if value or key not in ("properties", "required")}

    def _typed(self, schema: dict[str, Any]) -> str:
        kind = schema.get("type", _kind(schema))
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return self._array(schema)
        if kind == "string":
            return _string(schema)
        if kind in ("integer", "number"):
            return _number(schema, is_whole=kind == "integer")
        return {"boolean": '("true" | "false")', "null": '"null"'}.get(kind, "value")

    def _object(self, schema: dict[str, Any]) -> str:
        """In the order of the schema. What has named fields has no others: one of theirs could come twice."""
        properties, required = schema.get("properties", {}), schema.get("required", ())
        fields = {**properties, **{name: True for name in required if name not in properties}}
        if not fields:
            others = schema.get("additionalProperties", "properties" not in schema)
            if others is False:
                return '"{" "}"'
            member = self._rules.new_rule(f'string ":" ws {self.expression(others)}')
            return f'"{{" ({member} ("," ws {member})*)? "}}"'
        members = [
            (self._rules.new_rule(f'{_constant(name)} ":" ws {self.expression(field)}'), name in required)
            for name, field in fields.items()
        ]
        return f'"{{" {_members(members)} "}}"'

    def _array(self, schema: dict[str, Any]) -> str:
        tuple_items = [self.expression(item) for item in schema.get("prefixItems", ())]
        if tuple_items:
            return f'"[" {_joined(tuple_items)} "]"'
        item = self._rules.new_rule(self.expression(schema.get("items", True)))
        low, high = _counts(schema, "minItems", "maxItems")
        if high == 0:
            return '"[" "]"'
        more = _times(f'("," ws {item})', max(low - 1, 0), None if high is None else high - 1)
        return f'"[" {item} {more} "]"' if low else f'"[" ({item} {more})? "]"'


def _kind(schema: dict[str, Any]) -> str:
    """What a schema without a type is about."""
    if {"properties", "required", "additionalProperties"} & schema.keys():
        return "object"
    return "array" if {"items", "prefixItems"} & schema.keys() else "any"


def _members(members: Sequence[tuple[str, bool]]) -> str:
    """Members, each with whether it is required, with a comma between any two that are there."""
    needed = next((index for index, (_, is_required) in enumerate(members) if is_required), None)
    if needed is not None:
        before = [f'({member} "," ws)?' for member, _ in members[:needed]]
        return " ".join([*before, members[needed][0], *_following(members[needed + 1 :])])
    starts = (" ".join([member, *_following(members[index + 1 :])]) for index, (member, _) in enumerate(members))
    return f"({' | '.join(starts)})?"


def _following(members: Sequence[tuple[str, bool]]) -> Iterator[str]:
    for member, is_required in members:
        yield f'"," ws {member}' if is_required else f'("," ws {member})?'


def _string(schema: dict[str, Any]) -> str:
    if rule := FORMATS.get(schema.get("format", "")):
        return rf'"\"" {rule} "\""'
    low, high = _counts(schema, "minLength", "maxLength")
    return "string" if (low, high) == (0, None) else rf'"\"" {_times("char", low, high)} "\""'


def _number(schema: dict[str, Any], *, is_whole: bool) -> str:
    below, above = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    lows = [low for low in (schema.get("minimum"), below) if low is not None]
    highs = [high for high in (schema.get("maximum"), above) if high is not None]
    if not lows and not highs:
        return "integer" if is_whole else "number"
    low, high = max(lows, default=-1e15), min(highs, default=1e15)
    if is_whole:
        first = math.floor(low) + 1 if low == below else low
        last = math.ceil(high) - 1 if high == above else high
        return integers(first, last)
    return decimals(low, high, without_low=low == below, without_high=high == above)


def _counts(schema: dict[str, Any], low_key: str, high_key: str) -> tuple[int, int | None]:
    high = schema.get(high_key)
    return min(schema.get(low_key, 0), MAX_COUNT), high if high is not None and high <= MAX_COUNT else None


def _times(expression: str, low: int, high: int | None) -> str:
    if high is None:
        return f"{expression}*" if low == 0 else f"{expression}{{{low},}}"
    return f"{expression}{{{low},{high}}}"


def _constant(value: Any) -> str:
    return literal(json.dumps(value, ensure_ascii=False))


def _joined(items: Sequence[str]) -> str:
    return ' "," ws '.join(items)


def _either(expressions: Sequence[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"({' | '.join(expressions)})"
