"""The agent on forty tasks in two languages: ``python -m bench.agent --json FILE``.

Each strategy with the default model and with a perfect one, a scripted model that calls the right tool and answers
from what it returned. ``parse_rate``: calls of a tool on offer that fit its schema; a decision that was cut counts as
one that does not. ``right_tool_rate``: tasks whose first call is of the right tool; ``right_arguments_rate``: and holds
what it must. ``answer_rate``: what was asked for stands in the answer; ``grounded_rate``: see ``bench.agent.scoring``.
``loop_overhead_ms``: of a step, from one decision of the model to the next, what neither the model nor a tool took
(median; also the 95th percentile). ``stop_s``: from leaving a turn, inside the model and inside a search that hangs, to
when both have stopped (95th percentile). The plain keys are the worst of all; ``right_tool_rate`` is that of the
strategy that "auto" chooses for the default model, ``grounded_rate`` that of search-first with it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench.agent.answering import AnswersMeasure
from bench.agent.figures import DEFAULT, FIGURES, KEYS, MODELS, STRATEGIES, add_worst, answer_keys, stop_keys
from bench.agent.setup import Plan, Setup
from bench.agent.stopping import StopMeasure
from bench.command import benchmark_parser, hand_over, machine_facts
from bench.machine import load_average
from bench.own_engine import own_engine_options
from bench.rounds import Measure, run_rounds, told
from settings import Settings

MEASURES: tuple[Measure[Setup], ...] = (
    *(
        Measure(answer_keys(strategy, model), AnswersMeasure(strategy, model), is_last=model == DEFAULT)  # minutes
        for model in MODELS
        for strategy in STRATEGIES
    ),
    *(
        Measure(stop_keys(strategy, model), StopMeasure(strategy, model), is_last=True)
        for model in MODELS
        for strategy in STRATEGIES
    ),
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, write the JSON object."""
    given = _parser().parse_args(arguments)
    settings = Settings.load()
    plan = Plan.quick() if given.quick else Plan()
    with tempfile.TemporaryDirectory() as folder:
        options = own_engine_options(settings)
        plan = replace(plan, rounds=given.rounds or plan.rounds)
        setup = Setup(plan, options, Path(folder) / "engine.log", frozenset(given.only or KEYS))
        report = run(setup)
    hand_over(report, FIGURES, setup.record, given.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    return benchmark_parser("agent", __doc__, KEYS, "the perfect model answers")


def run(setup: Setup) -> dict[str, Any]:
    """All that is wanted; the JSON object."""
    load_before = load_average()
    try:
        seconds = run_rounds(MEASURES, setup, setup.plan.rounds)
    finally:
        setup.close()
    add_worst(setup.record)
    return {
        **told(FIGURES, setup.record),
        "not_grounded": setup.missed,
        "plan": asdict(setup.plan),
        "machine": machine_facts(setup.options.threads, load_before, seconds),
    }


if __name__ == "__main__":
    sys.exit(main())
