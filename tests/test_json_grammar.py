"""Every text that the grammar of a schema lets through fits the schema: shown on texts drawn from the grammar."""

from __future__ import annotations

import json
import random
from datetime import date, datetime, time
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from models.engine.json_grammar import GrammarBuilder, schema_grammar
from models.engine.number_grammar import decimals, integers
from tests.gbnf import Gbnf


class Colour(Enum):
    RED = 'r"e\\d'
    BLUE = "azul ñ"


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")
    inner: Tree | None = None
    kind: Literal["a", 1, None] = "a"


SHAPES: dict[str, Any] = {
    "nothing": None,
    "text": str,
    "short text": Annotated[str, Field(min_length=2, max_length=5)],
    "long text": Annotated[str, Field(min_length=1)],
    "whole": int,
    "rating": Annotated[int, Field(ge=1, le=5)],
    "range": Annotated[int, Field(gt=-120, lt=1_045)],
    "count": Annotated[int, Field(ge=0)],
    "share": Annotated[float, Field(ge=0, le=1)],
    "positive": Annotated[float, Field(gt=0)],
    "below zero": Annotated[float, Field(lt=0, ge=-2.5)],
    "number": float,
    "yes or no": bool,
    "choice": Colour,
    "either": int | str | None,
    "list": list[int],
    "two or three": Annotated[list[bool], Field(min_length=2, max_length=3)],
    "none or one": Annotated[list[bool], Field(max_length=1)],
    "tuple": tuple[int, str],
    "mapping": dict[str, list[int]],
    "anything": Any,
    "day": date,
    "moment": datetime,
    "hour": time,
    "id": UUID,
    "tree": Tree,
    "optional fields": Loose,
    "nested": dict[str, list[Tree | Colour]],
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_what_the_grammar_lets_through_fits_the_schema(shape: Any) -> None:
    adapter = TypeAdapter(shape)
    grammar = Gbnf(schema_grammar(adapter.json_schema()))
    draw = random.Random(7)
    for text in [grammar.shortest(), *(grammar.any(draw) for _ in range(300))]:
        json.loads(text, strict=True)
        adapter.validate_json(text)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (True, True),
        ({}, True),
        ({"type": "object"}, {}),
        ({"type": "object", "additionalProperties": False}, {}),
        ({"type": ["null", "string"], "enum": ["a\nb"]}, "a\nb"),
        ({"required": ["x"], "properties": {"y": {"const": 0}}, "anyOf": [{"required": ["y"]}]}, {"y": 0, "x": True}),
        ({"allOf": [{"$ref": "#/$defs/A"}, {"const": 5}], "$defs": {"A": {"required": ["a"]}}}, 5),
        ({"$ref": "#/no/such/place"}, True),
        ({"$ref": "https://example.org/far.json"}, True),
        ({"enum": []}, True),
        ({"const": {"a": [1, "é"]}}, {"a": [1, "é"]}),
        ({"type": "string", "maxLength": 0}, ""),
        ({"type": "array", "maxItems": 0}, []),
    ],
)
def test_odd_schemas_have_a_grammar_too(schema: Any, value: Any) -> None:
    assert json.loads(Gbnf(schema_grammar(schema)).shortest()) == value


def test_two_schemas_of_one_grammar_keep_their_definitions_apart() -> None:
    builder = GrammarBuilder()
    values = [builder.value({"$ref": "#/$defs/Same", "$defs": {"Same": {"const": number}}}) for number in (1, 2)]
    assert Gbnf(builder.grammar(' "," '.join(values))).shortest() == "1,2"


def test_a_schema_in_circles_is_refused() -> None:
    with pytest.raises(ValueError, match="circles"):
        schema_grammar({"allOf": [{"$ref": "#"}]})


@given(st.integers(-3_000, 3_000), st.integers(0, 3_000), st.randoms(use_true_random=False))
def test_whole_numbers_stay_between_their_bounds(low: int, width: int, draw: random.Random) -> None:
    grammar = Gbnf(f"root ::= {integers(low, low + width)}")
    assert all(low <= int(grammar.any(draw)) <= low + width for _ in range(20))


def test_every_whole_number_between_the_bounds_can_be_written() -> None:
    grammar = Gbnf(f"root ::= {integers(-12, 104)}")
    draw = random.Random(1)
    assert {int(grammar.any(draw)) for _ in range(5_000)} == set(range(-12, 105))


@given(st.floats(-50, 50), st.floats(0, 50), st.booleans(), st.booleans(), st.randoms(use_true_random=False))
def test_decimals_stay_between_their_bounds_where_a_whole_number_lies_between(
    low: float, width: float, without_low: bool, without_high: bool, draw: random.Random
) -> None:
    high = low + width
    expression = decimals(low, high, without_low=without_low, without_high=without_high)
    values = [float(Gbnf(f"root ::= {expression}").any(draw)) for _ in range(20)]
    if any(low < whole < high for whole in range(-51, 102)):
        assert all(
            low < value < high or (value == low and not without_low) or (value == high and not without_high)
            for value in values
        )
