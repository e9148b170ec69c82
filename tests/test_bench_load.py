"""The benchmark of many readers: its figures and what they must reach."""

from __future__ import annotations

import pytest

from bench.figures import Record
from bench.load.__main__ import MEASURES, _parser
from bench.load.crowd import Crowd
from bench.load.figures import FIGURES, KEYS


def test_every_figure_has_a_measure_and_a_key_of_its_own() -> None:
    assert len(set(KEYS)) == len(FIGURES)
    assert {key for measure in MEASURES for key in measure.keys} == set(KEYS)


def test_only_known_figures_can_be_asked_for() -> None:
    assert _parser().parse_args(["--readers", "20", "--sequences", "24"]).readers == 20
    with pytest.raises(SystemExit):
        _parser().parse_args(["--only", "speed"])


@pytest.mark.parametrize(("num_errors", "is_reached"), [(0, True), (1, False)])
def test_not_one_error_is_allowed(num_errors: int, is_reached: bool) -> None:
    record = Record()
    record.add(app__page_errors=num_errors)
    (figure,) = (figure for figure in FIGURES if figure.key == "page_errors")
    assert figure.is_reached(record.value(figure) or 0) == is_reached


def test_a_refusal_is_no_error() -> None:
    crowd = Crowd([], ['app: <div class="refused">Full</div>', "app: ReadError()"], 0.0)
    assert crowd.num_refused == 1
