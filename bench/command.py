"""What the command lines of all benchmarks share: their options, and how a report is handed over."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure, Record
from bench.machine import load_average, num_cores, processor, versions
from bench.rounds import print_table


def benchmark_parser(name: str, told: str | None, keys: Sequence[str], rounds: str) -> argparse.ArgumentParser:
    """The options of ``python -m bench.NAME``; ``told`` is its docstring, ``rounds`` what more of them repeat."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=(told or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, as one JSON object")
    parser.add_argument("--only", type=some_of(keys), metavar="KEY[,KEY]", help=f"some of: {', '.join(keys)}")
    parser.add_argument("--rounds", type=int, help=f"how often {rounds}; 3 unless --quick")
    parser.add_argument("--quick", action="store_true", help="a little of everything, to see that it works")
    return parser


def some_of(keys: Sequence[str]) -> Callable[[str], list[str]]:
    """Reads a list of keys; none but ``keys``."""

    def read(text: str) -> list[str]:
        chosen = text.split(",")
        if unknown := set(chosen) - set(keys):
            raise argparse.ArgumentTypeError(f"no such figure: {', '.join(sorted(unknown))}")
        return chosen

    return read


def machine_facts(threads: int, load_before: list[float] | None, seconds: float, **others: str) -> dict[str, Any]:
    """On what it was measured; ``others`` are versions of what is measured besides."""
    return {
        "processor": processor(),
        "cores": num_cores(),
        "threads": threads,
        "load_average_before": load_before,
        "load_average_after": load_average(),
        "seconds": seconds,
        "versions": versions() | others,
    }


def hand_over(report: dict[str, Any], figures: Sequence[Figure], record: Record, file: Path | None) -> None:
    """Write the JSON object where one is wanted, and print the table."""
    if file:
        file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print_table(figures, record, report["machine"])
