"""Many readers at once on the real application: ``python -m bench.load --json FILE``.

Each is a browser of its own with a conversation of its own; all ask in the same moment, and each reads one answer to
its end, over HTTP, from ``app.py`` with the default model. Median over the rounds; errors and refusals are summed up.
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
from bench.load.crowd import measure_crowd
from bench.load.figures import FIGURES, KEYS
from bench.load.setup import Plan, Setup
from bench.machine import load_average
from bench.rounds import Measure, run_rounds, told
from settings import Settings

MEASURES: tuple[Measure[Setup], ...] = (Measure(KEYS, measure_crowd),)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, write the JSON object."""
    given = _parser().parse_args(arguments)
    plan = Plan.quick() if given.quick else Plan()
    plan = replace(
        plan,
        rounds=given.rounds or plan.rounds,
        readers=given.readers or plan.readers,
        sequences=given.sequences or plan.sequences,
    )
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(plan, Path(folder), Settings.load())
        report = run(setup)
    hand_over(report, FIGURES, setup.record, given.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = benchmark_parser("load", __doc__, KEYS, "all readers ask")
    parser.add_argument("--readers", type=int, help="who ask at once; 50 unless --quick")
    parser.add_argument("--sequences", type=int, help="answers that the engine writes at once; 8 unless told")
    return parser


def run(setup: Setup) -> dict[str, Any]:
    """All rounds; the JSON object."""
    load_before = load_average()
    try:
        seconds = run_rounds(MEASURES, setup, setup.plan.rounds)
    finally:
        setup.close()
    return {
        **told(FIGURES, setup.record),
        "plan": asdict(setup.plan),
        "machine": machine_facts(setup.settings.engine_threads, load_before, seconds, gradio=version("gradio")),
    }


if __name__ == "__main__":
    sys.exit(main())
