"""The engine beside its peers: ``python -m bench.engine --json FILE``. Same weights, questions and threads for all.

Contenders: ``ours``, the engine in its process through ``LocalChatModel.astream``; ``lock``, one ``llama_cpp.Llama``
behind a lock; ``raw``, a bare ``llama_decode`` loop; ``server``, an OpenAI-compatible server named with ``--server``.
They take turns over several rounds; a figure is the ratio of medians. What was not measured is null, with its reason.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench.answer import ContenderFailed, NothingToMeasure
from bench.figures import FIGURES, KEYS, Figure, Record
from bench.machine import load_average, num_cores, processor, versions
from bench.races import (
    CLASSROOM_KEYS,
    GROWTH_KEYS,
    measure_classroom,
    measure_eight_writers,
    measure_growth,
    measure_one_writer,
)
from bench.setup import Plan, Setup
from bench.trials import measure_grammar, measure_leak, measure_restart, measure_smoothness
from errors import TertuliaError
from models.default_model import default_model_file
from models.engine.protocol import EngineOptions
from settings import Settings


@dataclass(frozen=True)
class Measure:
    """``run`` gives all figures ``keys``; ``is_last`` ones are run once, after all rounds, for they wear us out."""

    keys: tuple[str, ...]
    run: Callable[[Setup, int], None]
    is_last: bool = False


MEASURES = (
    Measure(CLASSROOM_KEYS, measure_classroom),
    Measure(("raw_ratio_1user",), measure_one_writer),
    Measure(("raw_ratio_8users",), measure_eight_writers),
    Measure(GROWTH_KEYS, measure_growth),
    Measure(("smooth_ratio",), measure_smoothness),
    Measure(("grammar_ratio",), measure_grammar),
    Measure(("leak_mb",), measure_leak, is_last=True),
    Measure(("restart_s",), measure_restart, is_last=True),
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, write the JSON object."""
    given = _parser().parse_args(arguments)
    settings = Settings.load()
    plan = Plan.quick() if given.quick else Plan()
    with tempfile.TemporaryDirectory() as folder:
        options = EngineOptions(
            model_path=default_model_file().absolute(),
            conversion_dir=settings.cache_dir.absolute() / "models",
            context_tokens=settings.context_tokens,
            max_sequences=max(settings.max_sequences, plan.readers),
            threads=given.threads or settings.engine_threads,
            parking_dir=Path(folder) / "parked" if settings.parked_bytes else None,
            parking_bytes=settings.parked_bytes,
        )
        setup = Setup(
            plan=replace(plan, rounds=given.rounds or plan.rounds),
            options=options,
            log=Path(folder) / "engine.log",
            wanted=frozenset(given.only or KEYS),
            server_url=given.server,
        )
        report = run(setup)
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print_table(setup.record, report)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, as one JSON object")
    parser.add_argument("--server", metavar="URL", help="an OpenAI-compatible server with the same weights and threads")
    parser.add_argument("--only", type=_keys, metavar="KEY[,KEY]", help=f"some of: {', '.join(KEYS)}")
    parser.add_argument("--rounds", type=int, help="how often everything is measured; 3 unless --quick")
    parser.add_argument("--threads", type=int, help="of every contender; by default as the program has it")
    parser.add_argument("--quick", action="store_true", help="a little of everything, to see that it works")
    return parser


def _keys(text: str) -> list[str]:
    keys = text.split(",")
    if unknown := set(keys) - set(KEYS):
        raise argparse.ArgumentTypeError(f"no such figure: {', '.join(sorted(unknown))}")
    return keys


def run(setup: Setup) -> dict[str, Any]:
    """All that is wanted, round by round; the JSON object."""
    load_before, started_at = load_average(), time.monotonic()
    wanted = [measure for measure in MEASURES if setup.wants(measure.keys)]
    try:
        for index in range(setup.plan.rounds):
            for measure in wanted:
                if not measure.is_last:
                    attempt(measure, setup, index)
        for measure in wanted:
            if measure.is_last:
                attempt(measure, setup, 0)
        seconds = time.monotonic() - started_at
        return _report(setup, {"load_average_before": load_before, "seconds": round(seconds, 1)})
    finally:
        setup.close()


def attempt(measure: Measure, setup: Setup, index: int) -> None:
    """One failure costs one figure of one round, and says so."""
    started_at = time.monotonic()
    try:
        measure.run(setup, index)
    except (ContenderFailed, NothingToMeasure, TertuliaError) as error:
        reason = str(error) or type(error).__name__
        setup.record.cannot(measure.keys, reason)
        setup.record.notes.append(f"round {index + 1}, {', '.join(measure.keys)}: {reason}")
    seconds = time.monotonic() - started_at
    print(f"round {index + 1}: {', '.join(measure.keys)}: {seconds:.0f} s", file=sys.stderr, flush=True)


def _report(setup: Setup, run_facts: dict[str, Any]) -> dict[str, Any]:
    record = setup.record
    figures = {figure.key: _rounded(record.value(figure)) for figure in FIGURES}
    card = setup.ours.card
    return {
        **figures,
        "reasons": {figure.key: reason for figure in FIGURES if (reason := record.reason(figure))},
        "reached": {figure.key: _is_reached(record, figure) for figure in FIGURES},
        "medians": {name: _rounded(record.median(name)) for name in record.values},
        "rounds": {name: [_rounded(value) for value in values] for name, values in record.values.items()},
        "notes": record.notes,
        "plan": asdict(setup.plan),
        "machine": {
            "processor": processor(),
            "cores": num_cores(),
            "threads": card.threads,
            "plain_kernels": setup.ours.load.plain_kernels,
            "load_average_after": load_average(),
            **run_facts,
            "versions": versions(),
            "model": card.path.name,
            "server": setup.server_url,
        },
    }


def _is_reached(record: Record, figure: Figure) -> bool | None:
    value = record.value(figure)
    return None if value is None else figure.is_reached(value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def print_table(record: Record, report: dict[str, Any]) -> None:
    """A line for each figure: value, target, whether it is reached, and the medians behind it."""
    words = {True: "yes", False: "NO", None: ""}
    print(f"{'figure':26}{'value':>9}  {'target':8}{'reached':9}medians")
    for figure in FIGURES:
        value = record.value(figure)
        if value is None:
            print(f"{figure.key:26}{'-':>9}  {figure.goal:8}{'':9}{record.reason(figure)}")
            continue
        parts = [name for name in (figure.upper, figure.lower) if name]
        behind = " / ".join(f"{name} {record.median(name):.4g}" for name in parts)
        print(f"{figure.key:26}{value:>9.3g}  {figure.goal:8}{words[figure.is_reached(value)]:9}{behind}")
    for note in record.notes:
        print(note)
    for name, fact in report["machine"].items():
        print(f"{name}: {fact}")


if __name__ == "__main__":
    sys.exit(main())
