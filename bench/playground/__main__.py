"""What the Playground costs: ``python -m bench.playground --json FILE``.

``slider_ms_p95``: in a browser, from a slider's move to the new picture on the screen; ``slider_over_round_trip_ms``:
that, over the page's own round trip, an event that changes nothing. ``step_ms_p50``: one token is appended and the row
after it read; ``next_token_ms``: a prompt of 1,000 tokens is looked at again; ``step_ratio`` and ``next_token_ratio``
count both in bare decodes of one token after as long a text. ``batch_gain_8``: eight samples together over one after
another.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.command import benchmark_parser, hand_over, machine_facts
from bench.machine import load_average
from bench.own_engine import own_engine_options
from bench.playground.figures import BATCH_KEYS, FIGURES, KEYS, LOOK_KEYS, SLIDER_KEYS, STEP_KEYS
from bench.playground.positions import measure_looks, measure_steps
from bench.playground.samples import measure_samples
from bench.playground.setup import Plan, Setup
from bench.playground.slider import measure_slider
from bench.rounds import Measure, run_rounds, told
from settings import Settings

MEASURES: tuple[Measure[Setup], ...] = (
    Measure(STEP_KEYS, measure_steps),
    Measure(LOOK_KEYS, measure_looks),
    Measure(BATCH_KEYS, measure_samples),
    Measure(SLIDER_KEYS, measure_slider),
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, write the JSON object."""
    given = _parser().parse_args(arguments)
    settings = Settings.load()
    plan = Plan.quick() if given.quick else Plan()
    plan = replace(plan, rounds=given.rounds or plan.rounds)
    with tempfile.TemporaryDirectory() as folder:
        options = own_engine_options(settings)
        wanted = frozenset(given.only or KEYS)
        setup = Setup(plan, options, Path(folder), settings.cache_dir.absolute(), wanted)
        report = run(setup)
    hand_over(report, FIGURES, setup.record, given.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    return benchmark_parser("playground", __doc__, KEYS, "everything is measured")


def run(setup: Setup) -> dict[str, Any]:
    """All that is wanted, round by round; the JSON object."""
    load_before = load_average()
    try:
        seconds = run_rounds(MEASURES, setup, setup.plan.rounds)
    finally:
        setup.close()
    return {
        **told(FIGURES, setup.record),
        "plan": asdict(setup.plan),
        "machine": machine_facts(setup.options.threads, load_before, seconds, gradio=version("gradio")),
    }


if __name__ == "__main__":
    sys.exit(main())
