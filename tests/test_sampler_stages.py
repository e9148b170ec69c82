from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engine.sampler_stages import Stage, num_remembered, stages
from models.sampling import SamplingParams

EVERYTHING: dict[str, Any] = {
    "temperature": 0.7,
    "dynatemp_range": 0.2,
    "top_k": 30,
    "top_p": 0.9,
    "min_p": 0.02,
    "typical_p": 0.95,
    "xtc_probability": 0.5,
    "dry_multiplier": 0.8,
    "repeat_penalty": 1.1,
    "logit_bias": {7: -1.0, 3: 2.0},
    "seed": 5,
}
DRAWING_STAGES = {"greedy", "mirostat_v2", "dist"}
LLAMA_CPPS_ORDER = (  # common_params_sampling.samplers in common/common.h, between logit_bias and dist
    "logit_bias",
    "penalties",
    "dry",
    "top_k",
    "typical",
    "top_p",
    "min_p",
    "xtc",
    "temp_ext",
    "dist",
)
PLAIN_CUTS: dict[str, Any] = {"top_k": 0, "top_p": 1, "min_p": 0, "seed": 5}


def test_the_order_is_llama_cpps() -> None:
    assert stages(SamplingParams(**EVERYTHING)) == (
        Stage("logit_bias", (((3, 2.0), (7, -1.0)),)),
        Stage("penalties", (64, 1.1, 0.0, 0.0)),
        Stage("dry", (0.8, 1.75, 2, 64, ("\n", ":", '"', "*"))),
        Stage("top_k", (30,)),
        Stage("typical", (0.95, 1)),
        Stage("top_p", (0.9, 1)),
        Stage("min_p", (0.02, 1)),
        Stage("xtc", (0.5, 0.1, 1, 5)),
        Stage("temp_ext", (0.7, 0.2, 1.0)),
        Stage("dist", (5,)),
    )


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"seed": 5}, ["top_k", "top_p", "min_p", "temp", "dist"]),
        (PLAIN_CUTS, ["temp", "dist"]),
        (PLAIN_CUTS | {"temperature": 1}, ["dist"]),
        (PLAIN_CUTS | {"temperature": 1, "dynatemp_range": 0.5}, ["temp_ext", "dist"]),
        (PLAIN_CUTS | {"presence_penalty": 0.1}, ["penalties", "temp", "dist"]),
        (PLAIN_CUTS | {"presence_penalty": 0.1, "penalty_last_n": 0}, ["temp", "dist"]),
        (PLAIN_CUTS | {"xtc_probability": 0.5, "xtc_threshold": 0.6}, ["temp", "dist"]),
        ({"temperature": 0}, ["greedy"]),
        (EVERYTHING | {"temperature": 0, "dynatemp_range": 0}, ["logit_bias", "penalties", "dry", "greedy"]),
        ({"mirostat": 2, "seed": 5}, ["temp", "mirostat_v2"]),
        ({"mirostat": 2, "seed": 5, "temperature": 1}, ["mirostat_v2"]),
        ({"mirostat": 2, "seed": 5, "logit_bias": {1: 1.0}}, ["logit_bias", "temp", "mirostat_v2"]),
        ({"mirostat": 2, "temperature": 0}, ["greedy"]),
    ],
)
def test_stages_that_are_off_are_left_out(options: dict[str, Any], names: list[str]) -> None:
    assert [stage.name for stage in stages(SamplingParams(**options))] == names


@pytest.mark.parametrize(
    ("options", "num"),
    [
        ({}, 0),
        ({"repeat_penalty": 1.1}, 64),
        ({"repeat_penalty": 1.1, "penalty_last_n": 10, "dry_multiplier": 0.8, "dry_penalty_last_n": 30}, 30),
        ({"dry_multiplier": 0.8, "dry_penalty_last_n": 0}, 0),
        ({"repeat_penalty": 1.1, "temperature": 0}, 64),
        ({"mirostat": 2}, 0),
    ],
)
def test_only_what_looks_back_is_told_of_the_prompt(options: dict[str, Any], num: int) -> None:
    assert num_remembered(SamplingParams(**options)) == num


@given(
    st.fixed_dictionaries(
        {"seed": st.just(1)},
        optional={
            "temperature": st.sampled_from([0.0, 0.5, 1.0]),
            "top_k": st.integers(0, 50),
            "top_p": st.sampled_from([0.5, 1.0]),
            "min_p": st.sampled_from([0.0, 0.1]),
            "typical_p": st.sampled_from([0.5, 1.0]),
            "xtc_probability": st.sampled_from([0.0, 0.5]),
            "dry_multiplier": st.sampled_from([0.0, 0.8]),
            "frequency_penalty": st.sampled_from([0.0, 0.5]),
            "logit_bias": st.just({1: 1.0}),
        },
    )
)
def test_any_chain_keeps_the_order_and_draws_once_at_its_end(options: dict[str, Any]) -> None:
    names = [stage.name for stage in stages(SamplingParams(**options))]
    order = [*LLAMA_CPPS_ORDER[:-2], "temp", "dist", "greedy"]
    assert names == sorted(names, key=order.index)
    assert [name for name in names if name in DRAWING_STAGES] == names[-1:]


def test_what_the_model_forbids_cannot_be_allowed_by_a_bias() -> None:
    first, *_ = stages(SamplingParams(logit_bias={7: 5.0}, seed=1), suppressed_ids=[9, 7])
    assert first == Stage("logit_bias", (((7, float("-inf")), (9, float("-inf"))),))
