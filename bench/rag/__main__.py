"""The documents' search: ``python -m bench.rag --json FILE``.

How often the right paragraph of XQuAD is found, in Spanish, in English and across the two, through the Searcher over
real stores; how long a search takes in collections of 1,000 to 100,000 chunks, and what those cost in memory and on
disk; how fast documents are indexed; how often a citation names the right passage. What was not measured is null, with
its reason: XQuAD is not part of this repository.
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
from bench.machine import load_average, num_cores
from bench.rag.citations import measure_citations
from bench.rag.figures import (
    CITATION_KEYS,
    FIGURES,
    FOUND_KEYS,
    GROWTH_KEYS,
    KEYS,
    PRECISE_KEYS,
    QUALITY_KEYS,
    QUERY_KEYS,
    SIZE_KEYS,
)
from bench.rag.indexing import measure_pdf, measure_pipeline
from bench.rag.quality import measure_found, measure_precise, measure_quality
from bench.rag.questions import DATA
from bench.rag.setup import Plan, Setup
from bench.rag.speed import measure_queries
from bench.rounds import Measure, run_rounds, told

MEASURES: tuple[Measure[Setup], ...] = (
    Measure(("pipeline_efficiency",), measure_pipeline),
    Measure(("pages_per_s", "first_answerable_s"), measure_pdf),
    Measure((*QUERY_KEYS, *GROWTH_KEYS, *SIZE_KEYS), measure_queries, is_last=True),  # minutes to fill
    Measure(CITATION_KEYS, measure_citations, is_last=True),
    Measure(QUALITY_KEYS, measure_quality, is_last=True),  # the same in every round
    Measure(FOUND_KEYS, measure_found, is_last=True),
    Measure(PRECISE_KEYS, measure_precise, is_last=True),
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, write the JSON object."""
    given = _parser().parse_args(arguments)
    plan = Plan.quick() if given.quick else Plan()
    plan = replace(plan, rounds=given.rounds or plan.rounds)
    if not given.data.is_dir():
        print(f"{given.data} is not there: only indexing is measured, all else needs XQuAD", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(plan, Path(folder), frozenset(given.only or KEYS), given.data)
        report = run(setup)
    hand_over(report, FIGURES, setup.record, given.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = benchmark_parser("rag", __doc__, KEYS, "indexing is measured")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="where XQuAD's development half is")
    return parser


def run(setup: Setup) -> dict[str, Any]:
    """All that is wanted, round by round; the JSON object."""
    load_before = load_average()
    seconds = run_rounds(MEASURES, setup, setup.plan.rounds)
    return {
        **told(FIGURES, setup.record),
        "plan": asdict(setup.plan),
        "machine": machine_facts(num_cores(), load_before, seconds, chromadb=version("chromadb")),
    }


if __name__ == "__main__":
    sys.exit(main())
