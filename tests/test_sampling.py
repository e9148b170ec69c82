from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.sampling import SamplingParams


def test_defaults_are_llama_cpps_off_values() -> None:
    plain = SamplingParams()
    assert not any((plain.is_greedy, plain.has_penalties, plain.has_dry, plain.has_xtc))
    assert (plain.mirostat, plain.typical_p, plain.dynatemp_range, plain.logit_bias) == (0, 1.0, 0.0, {})
    assert plain.dry_sequence_breakers == ("\n", ":", '"', "*")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"grammar": 'root ::= "a"', "json_schema": {"type": "object"}}, "exclude"),
        ({"grammar_trigger": "<call>"}, "needs a grammar"),
        ({"grammar": 'root ::= "a"', "grammar_trigger": "(<call>"}, "no regular expression"),
        ({"grammar": ""}, "at least 1 character"),
        ({"temperature": 0, "dynatemp_range": 0.5}, "greedy"),
        ({"mirostat": 2, "repeat_penalty": 1.1}, "takes the place"),
        ({"mirostat": 2, "dry_multiplier": 0.8}, "takes the place"),
        ({"mirostat": 2, "xtc_probability": 0.5}, "takes the place"),
        ({"mirostat": 2, "typical_p": 0.9}, "takes the place"),
        ({"mirostat": 2, "dynatemp_range": 0.2}, "takes the place"),
        ({"mirostat": 1}, "0 or 2"),
        ({"repeat_penalty": 0}, "greater than 0"),
        ({"typical_p": 0}, "greater than 0"),
        ({"dry_sequence_breakers": ("",)}, "breaker"),
        ({"dry_sequence_breakers": ("ñ" * 21,)}, "breaker"),
        ({"dry_sequence_breakers": ("a\0b",)}, "breaker"),
        ({"logit_bias": {-1: 1.0}}, "greater than or equal to 0"),
        ({"logit_bias": {1: float("-inf")}}, "finite"),
        ({"temperature": float("nan")}, "finite"),
        ({"seed": 2**32 - 1}, "less than"),
        ({"top_kk": 1}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        SamplingParams(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"repeat_penalty": 1.1, "penalty_last_n": 0, "mirostat": 2},  # remembers nothing: off
        {"xtc_probability": 0.5, "xtc_threshold": 0.6, "mirostat": 2},  # above one half: off
        {"temperature": 0, "xtc_probability": 0.5},  # greedy cuts nothing
        {"json_schema": {}, "grammar_trigger": "<call>"},
    ],
)
def test_what_is_off_is_in_nobodys_way(options: dict[str, Any]) -> None:
    SamplingParams(**options)


@given(
    temperature=st.floats(0, 5),
    bias=st.dictionaries(st.integers(0, 200_000), st.floats(-100, 100)),
    schema=st.none() | st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.text())),
    breakers=st.lists(st.sampled_from(["\n", "ñ", "--"])),
)
def test_it_crosses_a_pipe_unchanged(
    temperature: float, bias: dict[int, float], schema: dict[str, Any] | None, breakers: list[str]
) -> None:
    sent = SamplingParams(
        temperature=temperature, logit_bias=bias, json_schema=schema, dry_sequence_breakers=tuple(breakers)
    )
    assert SamplingParams.model_validate_json(sent.model_dump_json()) == sent
