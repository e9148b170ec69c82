"""The engine beside its peers: ``python -m bench.engine --json FILE``. Same weights, questions and threads for all.

Contenders: ``ours``, the engine in its process through ``LocalChatModel.astream``; ``lock``, one ``llama_cpp.Llama``
behind a lock; ``raw``, a bare ``llama_decode`` loop; ``server``, an OpenAI-compatible server named with ``--server``.
They take turns over several rounds; a figure is the ratio of medians. What was not measured is null, with its reason.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench.command import benchmark_parser, hand_over, machine_facts
from bench.figures import FIGURES, KEYS
from bench.machine import load_average
from bench.races import (
    CLASSROOM_KEYS,
    GROWTH_KEYS,
    measure_classroom,
    measure_eight_writers,
    measure_growth,
    measure_one_writer,
)
from bench.rounds import Measure, run_rounds, told
from bench.setup import Plan, Setup
from bench.trials import measure_grammar, measure_leak, measure_restart, measure_smoothness
from models.default_model import default_model_file
from models.engine.protocol import EngineOptions
from settings import Settings

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
    hand_over(report, FIGURES, setup.record, given.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = benchmark_parser("engine", __doc__, KEYS, "everything is measured")
    parser.add_argument("--server", metavar="URL", help="an OpenAI-compatible server with the same weights and threads")
    parser.add_argument("--threads", type=int, help="of every contender; by default as the program has it")
    return parser


def run(setup: Setup) -> dict[str, Any]:
    """All that is wanted, round by round; the JSON object."""
    load_before = load_average()
    try:
        seconds = run_rounds(MEASURES, setup, setup.plan.rounds)
        return _report(setup, load_before, seconds)
    finally:
        setup.close()


def _report(setup: Setup, load_before: list[float] | None, seconds: float) -> dict[str, Any]:
    card = setup.ours.card
    return {
        **told(FIGURES, setup.record),
        "plan": asdict(setup.plan),
        "machine": {
            **machine_facts(card.threads, load_before, seconds),
            "plain_kernels": setup.ours.load.plain_kernels,
            "model": card.path.name,
            "server": setup.server_url,
        },
    }


if __name__ == "__main__":
    sys.exit(main())
