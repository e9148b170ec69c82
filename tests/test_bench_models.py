"""The models' benchmark: its figures and what they must reach."""

from __future__ import annotations

import pytest

from bench.figures import Record
from bench.models.__main__ import MEASURES, _parser
from bench.models.figures import FIGURES, KEYS, estimate_errors


def test_every_figure_has_a_measure_and_a_key_of_its_own() -> None:
    assert len(set(KEYS)) == len(FIGURES)
    assert {key for measure in MEASURES for key in measure.keys} == set(KEYS)


def test_only_known_figures_can_be_asked_for() -> None:
    assert _parser().parse_args(["--only", "switch_s,compare_gain"]).only == ["switch_s", "compare_gain"]
    with pytest.raises(SystemExit):
        _parser().parse_args(["--only", "speed"])


def test_the_targets() -> None:
    record = Record()
    record.add(worst__memory_error=0.1, worst__speed_error=0.31, q8_0__memory_error=0.11, f16__speed_error=0.3)
    record.add(download__paced_s=1.2, bare__paced_s=1.0)
    record.add(together__compare_tokens_per_s=14.0, in_turn__compare_tokens_per_s=10.0)
    assert estimate_errors(record)["memory"] == {"q4_1": None, "q8_0": 0.11, "f16": None}
    known = [(figure, record.value(figure)) for figure in FIGURES]
    assert {figure.key: figure.is_reached(value) for figure, value in known if value is not None} == {
        "estimate_error_memory": True,
        "estimate_error_speed": False,
        "estimate_error_memory_q8_0": False,
        "estimate_error_speed_f16": True,
        "download_overhead": True,
        "compare_gain": True,
    }
