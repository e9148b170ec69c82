"""Whether an instruction was followed, told by code."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chains.evaluation.checks import CHECKS, NOT_JSON, holds, parsed_json
from chains.evaluation.task_sets import TaskItem


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        ({"num_words": 2}, "¡Hola, mundo!", "Hola"),
        ({"min_words": 2}, "uno - dos", "uno -"),
        ({"max_words": 2}, "uno dos", "uno dos tres"),
        ({"max_words": 2}, "uno", ""),
        ({"num_sentences": 1}, "Es azul.", "Es azul. Es grande."),
        ({"num_sentences": 2}, "¿Qué? Nada", "Qué. Nada. Más"),
        ({"num_sentences": 1}, "Cuesta 2.5 euros.", "Cuesta. 2."),
        ({"num_sentences": 1}, "Dijo «no.»", "No… Sí."),
        ({"num_lines": 2}, "a\n\nb\n", "a"),
        ({"num_bullets": 2}, "- a\n* b", "a\n- b"),
        ({"num_bullets": 2}, "Lista:\n1. a\n2) b", "1.5\n2. b"),
        ({"starts_with": "Ánimo"}, "animo, Ana", "Ana, ánimo"),
        ({"ends_with": "fin."}, "Es el FIN.\n", "fin"),
        ({"lines_start_with": "-"}, "- a\n - b", "- a\nb"),
        ({"includes": ["perro", "LUNA"]}, "Los perros y la luna", "Los perros"),
        ({"excludes": [","]}, "sin ellas", "con, una"),
        ({"excludes": [","]}, "sin ellas", ""),
        ({"excludes_words": ["mar"]}, "Una maravilla.", "¡Mar!"),
        ({"is_upper": True}, "¡HOLA!", "Hola"),
        ({"is_lower": True}, "hola 3", "Hola"),
        ({"is_json": True}, '```json\n{"a": 1}\n```', "{'a': 1}"),
        ({"json_keys": ["a", "b"]}, '{"b": 1, "a": 2}', '{"a": 1, "b": 2, "c": 3}'),
        ({"json_keys": ["a"]}, '{"a": 1}', '["a"]'),
        ({"json_values": {"a": 31}}, '{"a": 31.0, "b": 1}', '{"a": "31"}'),
        ({"json_values": {"a": "Bogotá"}}, '{"a": " bogota "}', '{"a": "Lima"}'),
        ({"json_values": {"a": False}}, '{"a": false}', '{"a": 0}'),
        ({"json_values": {"a": 1}}, '{"a": 1}', '{"a": true}'),
        ({"json_values": {"a": None}}, '{"a": null}', "{}"),
        ({"json_values": {"a": ["Rojo", 2]}}, '{"a": ["rojo", 2]}', '{"a": ["rojo"]}'),
        ({"json_values": {"a": {"b": "x"}}}, '{"a": {"b": "X"}}', '{"a": {"b": "x", "c": 1}}'),
    ],
)
def test_each_check_tells_what_follows_it_from_what_does_not(check: dict[str, Any], good: str, bad: str) -> None:
    assert holds(check, good)
    assert not holds(check, bad)


@pytest.mark.parametrize("answer", ["[" * 100_000, "1" * 10_000, "", "nada", "\ud83d", '{"a": 1} y ya'])
def test_what_is_no_json_is_told_whatever_it_is(answer: str) -> None:
    assert parsed_json(answer) is NOT_JSON


@pytest.mark.parametrize(
    "check", [{}, {"num_words": 1, "is_json": True}, {"eval": "1"}, {"num_words": "2"}, {"num_words": True}]
)
def test_a_check_that_nobody_knows_is_refused(check: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TaskItem(question="?", checks=(check,))


VALUES = {int: 3, str: "a", list: ["a"], bool: True, dict: {"a": 1}}


@given(st.text(), st.sampled_from(sorted(CHECKS)))
def test_any_text_can_be_checked(answer: str, name: str) -> None:
    assert holds({name: VALUES[CHECKS[name][0]]}, answer) in (True, False)
