"""The Playground's benchmark: its figures, and moves of sliders that each make another picture."""

from __future__ import annotations

import pytest

from bench.figures import Record
from bench.playground.__main__ import MEASURES, _parser
from bench.playground.figures import FIGURES, KEYS
from bench.playground.slider import moves
from components.playground_sampling import FIRST


def test_every_figure_has_a_measure_and_a_key_of_its_own() -> None:
    assert len(set(KEYS)) == len(FIGURES)
    assert {key for measure in MEASURES for key in measure.keys} == set(KEYS)


def test_only_known_figures_can_be_asked_for() -> None:
    assert _parser().parse_args(["--only", "slider_ms_p95,batch_gain_8"]).only == ["slider_ms_p95", "batch_gain_8"]
    with pytest.raises(SystemExit):
        _parser().parse_args(["--only", "speed"])


def test_the_targets() -> None:
    record = Record()
    record.add(browser__slider_ms_p95=249.0, browser__over_round_trip_ms=101.0)
    record.add(ours__step_ms=15.0, raw__step_ms=10.0, ours__look_ms=21.0, raw__look_ms=10.0)
    record.add(together__tokens_per_s=18.0, in_turn__tokens_per_s=10.0)
    known = [(figure, record.value(figure)) for figure in FIGURES]
    reached = {figure.key: figure.is_reached(value) for figure, value in known if value is not None}
    assert reached == {
        "slider_ms_p95": True,
        "slider_over_round_trip_ms": False,
        "step_ms_p50": None,
        "step_ratio": True,
        "next_token_ms": None,
        "next_token_ratio": False,
        "batch_gain_8": True,
    }


def test_every_move_is_another_than_the_one_before_and_within_the_slider() -> None:
    standing: dict[str, float] = {}
    for slider, value in moves(120):
        least, most, _ = FIRST[slider.removeprefix("#pg-").replace("-", "_")]
        assert least <= value <= most
        assert standing.get(slider) != value
        standing[slider] = value
