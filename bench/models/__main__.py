"""What the models' room must reach: ``python -m bench.models --json FILE``.

``estimate_error``: how far what a card tells of a file, before it is loaded, lies from what is then measured, for the
default model in three formats, and the worst of them. Memory is that of the model's process with its whole cache in
use; speed that of one answer alone.

``switch_s``: from choosing another local model to its first token, when it must be loaded; ``switch_loaded_s`` when it
is in memory, ``switch_full_s`` when the other one must leave the memory first.

``download_overhead``: our download, hashed, checked and written to the disk, over a bare read of the same file from the
same server on the loopback, which sends as fast as a line of one gigabit a second does; ``download_overhead_unpaced``
when it sends as fast as it can, which is faster than any hash is computed.

``compare_gain``: two settings of one model answer together, over one after the other.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench.command import benchmark_parser, hand_over, machine_facts
from bench.machine import load_average
from bench.models.comparing import measure_comparing
from bench.models.downloading import measure_downloads
from bench.models.estimates import measure_estimates
from bench.models.figures import (
    COMPARE_KEYS,
    DOWNLOAD_KEYS,
    ESTIMATE_KEYS,
    FIGURES,
    KEYS,
    SWITCH_KEYS,
    estimate_errors,
)
from bench.models.setup import Plan, Setup
from bench.models.switching import measure_switching
from bench.own_engine import own_engine_options
from bench.rounds import Measure, run_rounds, told
from settings import Settings


def _compare(setup: Setup, round_index: int) -> None:
    measure_comparing(setup.ours, setup.record, round_index, setup.plan.compare_tokens)


MEASURES: tuple[Measure[Setup], ...] = (
    Measure(ESTIMATE_KEYS, measure_estimates),
    Measure(SWITCH_KEYS, measure_switching),
    Measure(DOWNLOAD_KEYS, measure_downloads),
    Measure(COMPARE_KEYS, _compare),
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, write the JSON object."""
    given = _parser().parse_args(arguments)
    settings = Settings.load()
    plan = Plan.quick() if given.quick else Plan()
    plan = replace(plan, rounds=given.rounds or plan.rounds)
    with tempfile.TemporaryDirectory() as folder:
        options = own_engine_options(settings)
        setup = Setup(plan, options, Path(folder), frozenset(given.only or KEYS))
        report = run(setup)
    hand_over(report, FIGURES, setup.record, given.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    return benchmark_parser("models", __doc__, KEYS, "everything is measured")


def run(setup: Setup) -> dict[str, Any]:
    """All that is wanted, round by round; the JSON object."""
    load_before = load_average()
    try:
        seconds = run_rounds(MEASURES, setup, setup.plan.rounds)
    finally:
        setup.close()
    return {
        "estimate_error": estimate_errors(setup.record),
        **told(FIGURES, setup.record),
        "plan": asdict(setup.plan),
        "machine": machine_facts(setup.options.threads, load_before, seconds),
    }


if __name__ == "__main__":
    sys.exit(main())
