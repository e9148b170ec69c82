"""The application beside what it is made of: ``python -m bench.app --json FILE``.

Answers through ``app.py``, over HTTP, beside ``LocalChatModel.astream`` in this process, in tokens a second; starting
``app.py`` beside starting an empty ``gr.Blocks``; and what pages, conversations and memory cost. Contenders take turns
over several rounds; a figure is a median or the ratio of two. What was not measured is null, with its reason.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.app.figures import (
    DEFAULT_KEYS,
    FIGURES,
    FIRST_START_KEYS,
    KEYS,
    MEMORY_KEYS,
    OPENING_KEYS,
    PAGE_KEYS,
    SAME_OPTIONS_KEYS,
    START_KEYS,
    WORSE_KEY,
    worse_ratio,
)
from bench.app.races import measure_eight_readers, measure_one_reader
from bench.app.setup import Plan, Setup
from bench.app.starts import measure_first_start, measure_memory, measure_start
from bench.app.visits import measure_openings, measure_page
from bench.command import benchmark_parser, hand_over, machine_facts
from bench.machine import load_average
from bench.rounds import Measure, rounded, run_rounds, told
from settings import Settings

MEASURES: tuple[Measure[Setup], ...] = (
    Measure(START_KEYS, measure_start),
    Measure((DEFAULT_KEYS[0], SAME_OPTIONS_KEYS[0]), measure_one_reader),
    Measure((DEFAULT_KEYS[1], SAME_OPTIONS_KEYS[1]), measure_eight_readers),
    Measure(PAGE_KEYS, measure_page),
    Measure(FIRST_START_KEYS, measure_first_start, is_last=True),
    Measure(MEMORY_KEYS, measure_memory, is_last=True),
    Measure(OPENING_KEYS, measure_openings, is_last=True),
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, write the JSON object."""
    given = _parser().parse_args(arguments)
    plan = Plan.quick() if given.quick else Plan()
    plan = replace(plan, rounds=given.rounds or plan.rounds)
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(plan, Path(folder), Settings.load(), _wanted(given.only))
        report = run(setup)
    hand_over(report, FIGURES, setup.record, given.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    return benchmark_parser("app", __doc__, (WORSE_KEY, *KEYS), "everything is measured")


def _wanted(chosen: list[str] | None) -> frozenset[str]:
    keys = chosen or KEYS
    return frozenset([*keys, *DEFAULT_KEYS] if WORSE_KEY in keys else keys)


def run(setup: Setup) -> dict[str, Any]:
    """All that is wanted, round by round; the JSON object."""
    load_before = load_average()
    try:
        seconds = run_rounds(MEASURES, setup, setup.plan.rounds)
    finally:
        setup.close()
    return {
        WORSE_KEY: rounded(worse_ratio(setup.record)),
        **told(FIGURES, setup.record),
        "plan": asdict(setup.plan),
        "machine": machine_facts(setup.settings.engine_threads, load_before, seconds, gradio=version("gradio")),
    }


if __name__ == "__main__":
    sys.exit(main())
