"""The application beside what it is made of: ``python -m bench.app --json FILE``.

Answers through ``app.py``, over HTTP, beside ``LocalChatModel.astream`` in this process, in tokens a second; starting
``app.py`` beside starting an empty ``gr.Blocks``; and what pages, conversations and memory cost. Contenders take turns
over several rounds; a figure is a median or the ratio of two. What was not measured is null, with its reason.
"""

from __future__ import annotations

import argparse
import json
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
from bench.machine import load_average, num_cores, processor, versions
from bench.rounds import Measure, print_table, rounded, run_rounds, told
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
        setup = Setup(plan, Path(folder), Settings.load(), frozenset(given.only or KEYS))
        report = run(setup)
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print_table(FIGURES, setup.record, report["machine"])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.app", description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, as one JSON object")
    parser.add_argument("--only", type=_keys, metavar="KEY[,KEY]", help=f"some of: {', '.join((WORSE_KEY, *KEYS))}")
    parser.add_argument("--rounds", type=int, help="how often everything is measured; 3 unless --quick")
    parser.add_argument("--quick", action="store_true", help="a little of everything, to see that it works")
    return parser


def _keys(text: str) -> list[str]:
    keys = text.split(",")
    if unknown := set(keys) - {WORSE_KEY, *KEYS}:
        raise argparse.ArgumentTypeError(f"no such figure: {', '.join(sorted(unknown))}")
    return [*keys, *DEFAULT_KEYS] if WORSE_KEY in keys else keys


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
        "machine": {
            "processor": processor(),
            "cores": num_cores(),
            "threads": setup.settings.engine_threads,
            "load_average_before": load_before,
            "load_average_after": load_average(),
            "seconds": seconds,
            "versions": versions() | {"gradio": version("gradio")},
        },
    }


if __name__ == "__main__":
    sys.exit(main())
